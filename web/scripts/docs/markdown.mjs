// Markdown as HTML: headings with anchors, links between files as addresses of the site, highlighted code.
import { dirname, join } from "node:path/posix";
import hljs from "highlight.js/lib/common";
import dart from "highlight.js/lib/languages/dart";
import MarkdownIt from "markdown-it";
import { escapeHtml, html, raw } from "./html.mjs";

hljs.registerLanguage("dart", dart);

const EXTERNAL = /^[a-z]+:/;
/** Languages of fences, as highlight.js names them. */
const LANGUAGES = { js: "javascript", ts: "typescript", tsx: "typescript", sh: "bash" };

const plain = new MarkdownIt({ html: false });
plain.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  tokens[index].attrSet("rel", "noreferrer");
  return self.renderToken(tokens, index, options);
};

/** A sentence or more with inline Markdown, as descriptions of the APIs have it. */
export function inline(text) {
  return raw(plain.renderInline(text ?? ""));
}

/** Paragraphs and lists, as descriptions of the APIs have them. */
export function block(text) {
  return raw(plain.render(text ?? ""));
}

/** A block of code, highlighted if its language is known. A keyboard can scroll it. */
export function code(text, language) {
  return html`<pre class="code" tabindex="0"><code>${highlighted(text, language)}</code></pre>`;
}

/** JSON with two spaces for each level. Long lines are wrapped. */
export function json(value) {
  return html`<pre class="code wrapped"><code>${highlighted(JSON.stringify(value, null, 2), "json")}</code></pre>`;
}

function highlighted(text, name = "") {
  const language = LANGUAGES[name] ?? name;
  return raw(hljs.getLanguage(language) ? hljs.highlight(text, { language }).value : escapeHtml(text));
}

/** Anchor of a heading, as Git hosts derive it. `scripts/lib/links.mjs` has the same. */
export function anchorOf(title) {
  const kept = title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "");
  return kept.replaceAll(" ", "-");
}

/**
 * Renders a file.
 * @param {object} options
 * @param {string} options.file path in the repository, from which its links are relative
 * @param {Map<string, string>} options.addresses by path in the repository
 * @param {Map<string, string>} options.titles by path in the repository: texts of links that only name a file
 * @param {(file: string) => string} options.imageAt the address of a picture
 */
export function renderFile(text, { file, addresses, titles, imageAt }) {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  const { rules } = markdown.renderer;
  const fence = ({ content, info }) => code(content, info.trim()).text;
  rules.fence = (tokens, index) => fence(tokens[index]);
  rules.code_block = (tokens, index) => fence(tokens[index]);
  rules.table_open = () => '<div class="table" tabindex="0"><table>';
  rules.table_close = () => "</table></div>";

  const tokens = markdown.parse(text, {});
  const headings = anchorHeadings(tokens);
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    if (token.type === "link_open") token.attrSet("href", addressOf(token.attrGet("href")));
    if (token.type === "image") token.attrSet("src", imageAt(join(dirname(file), token.attrGet("src"))));
  }
  for (const { children } of tokens) nameFiles(children ?? []);
  return { body: raw(markdown.renderer.render(tokens, markdown.options, {})), headings, sections: sections(tokens) };

  function addressOf(href) {
    if (EXTERNAL.test(href) || href.startsWith("#")) return href;
    const [path, anchor] = href.split("#");
    const url = addresses.get(join(dirname(file), path));
    if (url === undefined) throw new Error(`${file}: the site has no ${href}`);
    return anchor === undefined ? url : `${url}#${anchor}`;
  }

  /** Replaces the text of a link that is only the name of a file. */
  function nameFiles(children) {
    for (const [index, token] of children.entries()) {
      const text = children[index + 1];
      const isAlone = token.type === "link_open" && children[index + 2]?.type === "link_close";
      const title = isAlone && titles.get(join(dirname(file), text.content));
      if (title) text.content = title;
    }
  }
}

/** Gives every heading its anchor, and a link to itself; returns those of levels 2 and 3. */
function anchorHeadings(tokens) {
  const headings = [];
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "heading_open") continue;
    const content = tokens[index + 1];
    const title = textOf(content);
    const id = anchorOf(content.content);
    token.attrSet("id", id);
    const level = Number(token.tag.slice(1));
    if (level === 2 || level === 3) headings.push({ level, id, title });
  }
  return headings;
}

/** The plain text of each section, for the search: under a heading or, before the first one, without an id. */
function sections(tokens) {
  const found = [{ id: undefined, title: undefined, text: [] }];
  for (const [index, token] of tokens.entries()) {
    if (token.type === "heading_open" && token.tag !== "h1") {
      found.push({ id: token.attrGet("id"), title: textOf(tokens[index + 1]), text: [] });
    } else if (token.type === "inline" && tokens[index - 1]?.type !== "heading_open") {
      found.at(-1).text.push(textOf(token));
    } else if (token.type === "fence" || token.type === "code_block") {
      found.at(-1).text.push(token.content);
    }
  }
  return found.map(({ text, ...section }) => ({ ...section, text: text.join(" ") }));
}

function textOf({ children }) {
  const parts = children.map(({ type, content }) => (type.endsWith("break") ? " " : content));
  return parts.join("");
}
