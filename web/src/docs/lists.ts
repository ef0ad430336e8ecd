/**
 * The menu and the contents of a page: always open where there is room for them. The styles show them there without this script;
 * it tells assistive technology.
 */

/** The widths from which on `frame.css` shows each list in a column. */
const LISTS = [
  [".menu", "(min-width: 820px)"],
  [".contents", "(min-width: 1180px)"],
] as const;

export function openListsOnWideScreens(): void {
  for (const [selector, width] of LISTS) {
    const list = document.querySelector<HTMLDetailsElement>(selector);
    const screen = matchMedia(width);
    const update = () => {
      if (list) list.open = screen.matches;
    };
    screen.addEventListener("change", update);
    update();
  }
  showCurrentPage();
}

/** Scrolls the menu to the entry of this page. */
function showCurrentPage(): void {
  const menu = document.querySelector<HTMLElement>(".menu");
  const entry = menu?.querySelector<HTMLElement>('[aria-current="page"]');
  if (!menu || !entry) return;
  const below = entry.getBoundingClientRect().bottom - menu.getBoundingClientRect().bottom;
  if (below > 0) menu.scrollTop += below + menu.clientHeight / 2;
}
