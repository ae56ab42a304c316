import { readFileSync } from 'node:fs';

/** Who a command runs as. */
export type Identity = {
  uid: number;
  gid: number;
  /** Another user than the one that runs Tamma. */
  isDropped: boolean;
  /** No other process of the machine has this user: whatever runs as it is ours to end. */
  isUnique: boolean;
};

/** Users that nobody hands out (systemd.io/UIDS-GIDS, "unused"): one for each process of Tamma. */
const FIRST_FREE_UID = 1_900_000_000;
const NOBODY = 65_534;

/**
 * Root's commands run as a user without rights, made for this process, so that the count of its processes and the
 * files it leaves are nobody else's. In a container that maps few users it is `nobody`. Other users' commands keep
 * their user, and what they write stays theirs.
 */
export function chooseIdentity(
  self: { uid: number; gid: number; pid: number },
  uidMap = readUidMap(),
): Identity {
  if (self.uid !== 0) return { uid: self.uid, gid: self.gid, isDropped: false, isUnique: false };
  const own = FIRST_FREE_UID + self.pid;
  if (isMapped(uidMap, own)) return { uid: own, gid: own, isDropped: true, isUnique: true };
  return { uid: NOBODY, gid: NOBODY, isDropped: true, isUnique: false };
}

/** user_namespaces(7): each line is first id inside, first id outside, count. */
function isMapped(uidMap: string, uid: number): boolean {
  return uidMap.split('\n').some((line) => {
    const [first, , count] = line.trim().split(/\s+/).map(Number);
    return first !== undefined && count !== undefined && uid >= first && uid < first + count;
  });
}

function readUidMap(): string {
  try {
    return readFileSync('/proc/self/uid_map', 'utf8');
  } catch {
    return '';
  }
}
