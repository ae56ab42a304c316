/** Whether an address is this machine's own. */
export function isOwnMachine(url: string | null): boolean {
  return url !== null && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
