interface Props {
  text: { loading: string; failed: string; retry: string; none: string };
  /** Undefined until the list is loaded. */
  count: number | undefined;
  isError: boolean;
  refetch: () => unknown;
}

/** What a list says instead of its items: that it is loading, has failed, or is empty. */
export function ListNotes({ text, count, isError, refetch }: Props) {
  if (count !== undefined) return count === 0 ? <p role="status">{text.none}</p> : null;
  if (!isError) return <p role="status">{text.loading}</p>;
  return (
    <p role="alert">
      {text.failed}{" "}
      <button type="button" className="link-button" onClick={() => void refetch()}>
        {text.retry}
      </button>
    </p>
  );
}
