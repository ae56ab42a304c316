/** Ids of events that were seen, at some 40 bytes each: those of a million events are 40 MB. */
export type IdSet = {
  /** The position under which the id is already there; else undefined, and it is from now on. */
  add(id: string, position: number): number | undefined;
};

/** Four words of the id and the position, which is never 0 in a slot that is taken. */
const WORDS = 5;

/** A hash table in one array (open addressing, linear probing), doubled at 70 %. Ids are UUIDs, positions below 2^32. */
export function createIdSet(): IdSet {
  let slots = 1024;
  let table = new Uint32Array(slots * WORDS);
  let count = 0;

  function grow(): void {
    const old = table;
    slots *= 2;
    table = new Uint32Array(slots * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 4] !== 0) table.set(old.subarray(at, at + WORDS), find(old.subarray(at, at + 4)));
    }
  }

  /** Where these words stand, or would. */
  function find(words: Uint32Array): number {
    const [a = 0, b = 0, c = 0, d = 0] = words;
    const mixed = Math.imul(d ^ Math.imul(c, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(a ^ b, 0xc2b2ae35);
    let at = ((mixed ^ (mixed >>> 15)) & (slots - 1)) * WORDS;
    while (table[at + 4] !== 0) {
      if (table[at] === a && table[at + 1] === b && table[at + 2] === c && table[at + 3] === d) return at;
      at = (at + WORDS) % table.length;
    }
    return at;
  }

  return {
    add(id, position) {
      const words = toWords(id);
      const at = find(words);
      const known = table[at + 4];
      if (known) return known;
      table.set(words, at);
      table[at + 4] = position;
      count += 1;
      if (count > slots * 0.7) grow();
      return undefined;
    },
  };
}

const words = new Uint32Array(4);

function toWords(id: string): Uint32Array {
  const hex = id.replaceAll('-', '');
  for (let index = 0; index < 4; index += 1) {
    words[index] = Number.parseInt(hex.slice(index * 8, index * 8 + 8), 16);
  }
  return words;
}
