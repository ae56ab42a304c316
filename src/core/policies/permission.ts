const ranks = { none: 0, read: 1, triage: 2, write: 3, admin: 4 } as const;

export type Permission = keyof typeof ranks;

/**
 * What a command takes. Nearly all take write: they can start work, spend money or steer what is merged, and a comment
 * is public. Looking does not (contract.md, "Commands people give").
 */
const commands = {
  run: 'write',
  approve: 'write',
  revise: 'write',
  answer: 'write',
  retry: 'write',
  resume: 'write',
  skip: 'write',
  'take-over': 'write',
  stop: 'write',
  status: 'read',
  feedback: 'write',
} as const satisfies Record<string, Permission>;

export type PersonCommand = keyof typeof commands;

export const personCommands = Object.keys(commands) as PersonCommand[];

export function isPersonCommand(name: string): name is PersonCommand {
  return Object.hasOwn(commands, name);
}

/** Whether somebody with this permission, read from the platform just now, may give this command. Unknown: no. */
export function may(permission: Permission, command: string): boolean {
  return isPersonCommand(command) && (ranks[permission] ?? 0) >= ranks[commands[command]];
}
