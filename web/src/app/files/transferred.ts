/**
 * Files of a paste. None if it has text too: a copied part of a document or a sheet brings a picture of itself, and the text is meant.
 */
export function pastedFiles(data: DataTransfer): File[] {
  return data.types.includes("text/plain") ? [] : [...data.files];
}

/** Files of a drop, without folders, which cannot be read as files. */
export function droppedFiles(data: DataTransfer): File[] {
  const items = [...data.items].filter(({ kind }) => kind === "file");
  return items.flatMap((item) => {
    if (item.webkitGetAsEntry?.()?.isDirectory) return [];
    return item.getAsFile() ?? [];
  });
}

/** Whether something that is dragged has files. */
export function hasFiles(data: DataTransfer | null): data is DataTransfer {
  return data?.types.includes("Files") ?? false;
}
