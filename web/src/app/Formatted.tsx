import { type ReactNode, useMemo } from "react";
import { type Block, type Inline, parseMarkdown } from "./markdown";

/** Shows a text that is no code. */
type ShowText = (text: string) => ReactNode;
const asItIs: ShowText = (text) => text;
const ELEMENTS = { bold: "strong", italic: "em", strike: "del" } as const;

/** A text with its Markdown, by elements only: nothing of a text becomes HTML. */
export function Formatted({ text, showText = asItIs }: { text: string; showText?: ShowText }): ReactNode {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  const [first] = blocks;
  // One paragraph, as most messages are, flows with what is beside it.
  if (blocks.length === 1 && first?.type === "paragraph") return inline(first.children, showText);
  // biome-ignore lint/suspicious/noArrayIndexKey: blocks of one text have no other identity
  return blocks.map((block, index) => <BlockElement key={index} block={block} showText={showText} />);
}

function BlockElement({ block, showText }: { block: Block; showText: ShowText }) {
  switch (block.type) {
    case "paragraph":
      return <p>{inline(block.children, showText)}</p>;
    case "quote":
      return <blockquote>{inline(block.children, showText)}</blockquote>;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard, too
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "list": {
      const items = block.items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items of one text have no other identity
        <li key={index}>{inline(item, showText)}</li>
      ));
      return block.start === undefined ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
    }
  }
}

function inline(parts: Inline[], showText: ShowText): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
  return parts.map((part, index) => <InlineElement key={index} part={part} showText={showText} />);
}

function InlineElement({ part, showText }: { part: Inline; showText: ShowText }): ReactNode {
  switch (part.type) {
    case "text":
      return showText(part.text);
    case "code":
      return <code>{part.text}</code>;
    case "link":
      return (
        <a href={part.url} target="_blank" rel="noopener noreferrer nofollow">
          {inline(part.children, asItIs)}
        </a>
      );
    default: {
      const Element = ELEMENTS[part.type];
      return <Element>{inline(part.children, showText)}</Element>;
    }
  }
}
