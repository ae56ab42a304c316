import type { EventQuery } from '../../ports/event-store.ts';

type Needles = { types: Buffer[] | undefined; tags: Buffer[] };

/**
 * Whether a file of the log may hold an event that matches, by what its bytes would have to hold: in canonical form a
 * type or a tag is written in one way only. A file that may not need not be parsed.
 */
export function createFilter({ items }: EventQuery): (content: Buffer) => boolean {
  const all = items.map(
    ({ types, tags }): Needles => ({
      types: types?.map((type) => toNeedle('type', type)),
      tags: Object.entries(tags ?? {}).map(([name, value]) => toNeedle(name, value)),
    }),
  );
  return (content) => {
    const holds = (needle: Buffer) => content.includes(needle);
    return (
      all.length === 0 || all.some(({ types, tags }) => tags.every(holds) && (types?.some(holds) ?? true))
    );
  };
}

function toNeedle(name: string, value: string): Buffer {
  return Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
}
