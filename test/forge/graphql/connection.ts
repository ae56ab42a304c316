import type { Json } from '../state.ts';

export type PageArguments = {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
};

const toCursor = (index: number) => Buffer.from(`cursor:${index}`).toString('base64');
const fromCursor = (cursor: string) => Number(Buffer.from(cursor, 'base64').toString().split(':')[1]);

/** A page of nodes as GraphQL has it. GitHub refuses one without `first` or `last`, and more than 100. */
export function connect(all: readonly unknown[], { first, last, after, before }: PageArguments): Json {
  const size = first ?? last;
  if (typeof size !== 'number')
    throw new Error('You must provide a `first` or `last` value to properly paginate the connection.');
  if (size > 100)
    throw new Error(
      `Requesting ${size} records on the connection exceeds the \`first\` limit of 100 records.`,
    );
  const from = after ? fromCursor(after) + 1 : 0;
  const to = before ? fromCursor(before) : all.length;
  const start = typeof first === 'number' ? from : Math.max(from, to - size);
  const end = typeof first === 'number' ? Math.min(to, from + size) : to;
  const nodes = all.slice(start, end);
  return {
    nodes,
    edges: nodes.map((node, index) => ({ node, cursor: toCursor(start + index) })),
    totalCount: all.length,
    pageInfo: {
      hasNextPage: end < all.length,
      hasPreviousPage: start > 0,
      startCursor: nodes.length > 0 ? toCursor(start) : null,
      endCursor: nodes.length > 0 ? toCursor(end - 1) : null,
    },
  };
}
