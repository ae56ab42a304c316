/** Written by `npm run build`: the digest of all code that decides what a projection comes to. */
export const FOLD_VERSION = '6cc9b29787354b03';
