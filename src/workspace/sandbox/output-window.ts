/** Keeps the beginning and the end of a stream and forgets the middle. */
export type OutputWindow = {
  push(chunk: Buffer): void;
  text(): string;
  isTruncated(): boolean;
};

/** `limit` in bytes, half of it for each end. A character cut at the seam becomes U+FFFD. */
export function createOutputWindow(limit: number): OutputWindow {
  const half = Math.max(1, Math.floor(limit / 2));
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  let dropped = 0;

  function keepTail(chunk: Buffer): void {
    tail.push(chunk);
    tailBytes += chunk.length;
    for (let first = tail[0]; first && tailBytes - first.length >= half; first = tail[0]) {
      tail.shift();
      tailBytes -= first.length;
      dropped += first.length;
    }
  }

  return {
    push(chunk) {
      const room = half - headBytes;
      if (room > 0) {
        head.push(chunk.subarray(0, room));
        headBytes += Math.min(room, chunk.length);
      }
      if (chunk.length > room) keepTail(chunk.subarray(Math.max(0, room)));
    },
    isTruncated: () => dropped > 0 || tailBytes > half,
    text() {
      const end = Buffer.concat(tail);
      const cut = Math.max(0, end.length - half);
      const note = dropped + cut > 0 ? `\n[… ${dropped + cut} bytes cut …]\n` : '';
      return `${Buffer.concat(head).toString()}${note}${end.subarray(cut).toString()}`;
    },
  };
}
