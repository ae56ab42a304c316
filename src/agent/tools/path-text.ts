/** A path for the model to read. Names in a repository are somebody's text: anything but a plain name is quoted. */
export function describePath(path: string): string {
  return /^[\p{L}\p{N}\p{M}._/@+=,()[\] -]+$/u.test(path) ? path : JSON.stringify(path);
}
