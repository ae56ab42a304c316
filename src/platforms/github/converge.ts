import { isAmbiguous } from './failure.ts';
import type { Api } from './request.ts';

const MAX_ROUNDS = 4;

/**
 * Repeats a round of read, compare, write for as long as nobody knows whether its write happened: the next round reads
 * what became of it and writes what is still missing.
 */
export async function converge<T>(api: Pick<Api, 'pause'>, round: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await round();
    } catch (error) {
      if (!isAmbiguous(error) || attempt + 1 >= MAX_ROUNDS) throw error;
      await api.pause(attempt);
    }
  }
}

/** Reads right after a write may still answer from before it. */
const LOOKS = 3;

/**
 * Makes something that GitHub would make a second time. Where no answer came it is looked for, more than once since
 * reads lag behind, before it is made again.
 */
export async function createOnce<T>(
  api: Pick<Api, 'pause'>,
  { create, find }: { create(): Promise<T>; find(): Promise<T | undefined> },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await create();
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      for (let look = 0; look < LOOKS; look += 1) {
        await api.pause(look);
        const found = await find();
        if (found !== undefined) return found;
      }
      if (attempt + 1 >= MAX_ROUNDS) throw error;
    }
  }
}

/** Looks again for a moment until an answer is the wanted one; the last answer where it never is. */
export async function lookUntil<T>(
  api: Pick<Api, 'pause'>,
  look: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  looks = 4,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await look();
    if (isWanted(answer) || attempt + 1 >= looks) return answer;
    await api.pause(attempt);
  }
}
