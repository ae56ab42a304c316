type Part = { type: string };

/** Messages for people who look into a run: reasoning stays out of them, as the vendors ask. */
export function hideReasoning<M extends { parts: readonly Part[] }>(messages: readonly M[]): M[] {
  const hide = (part: Part): Part =>
    part.type === 'reasoning' ? ({ type: 'reasoning', opaque: null } as Part) : part;
  return messages.map((message) => ({ ...message, parts: message.parts.map(hide) }));
}
