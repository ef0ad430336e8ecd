/** What every page of the documentation runs. Pages are complete without it, except for the search. */
import { openListsOnWideScreens } from "./lists";
import { Search } from "./search";

openListsOnWideScreens();
const place = document.querySelector<HTMLElement>("[data-search]");
if (place) new Search(place);
