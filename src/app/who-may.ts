import { TammaError, toTammaError } from '../core/errors.ts';
import type { Actor } from '../core/events/envelope.ts';
import { isPersonCommand, may } from '../core/policies/permission.ts';
import type { Permission } from '../ports/platform/people.ts';
import { type Refusal, refuse } from './ruling.ts';
import type { Runtime } from './runtime.ts';

/** Whoever gives a command, as the platform names them: the number decides, the login is for looking. */
export type Speaker = Pick<Actor, 'kind' | 'id' | 'login'>;

export type Standing = {
  permission: Permission;
  bar: Refusal | undefined;
  /** The platform does not say at this moment: denied, and no verdict about anybody. */
  unsure?: TammaError;
};

/**
 * The one place that decides who may give a command: a person, by what the platform says of this very account at this
 * moment. A command there is not takes what nearly all take. Errors deny.
 */
export async function judgeSpeaker(
  { platform }: Pick<Runtime, 'platform'>,
  { kind, id, login }: Speaker,
  command: string,
): Promise<Standing> {
  if (kind !== 'human')
    return { permission: 'none', bar: refuse('not-a-person', 'only people give commands') };
  const permission = await platform.actors.permission({ id, login }).catch(toTammaError);
  if (permission instanceof TammaError)
    return { permission: 'none', bar: refuse('no-permission', NOT_TOLD), unsure: permission };
  const wanted = command === 'status' ? 'read' : 'write';
  if (may(permission, isPersonCommand(command) ? command : 'run')) return { permission, bar: undefined };
  const message = `it takes ${wanted} permission; this account has ${permission}`;
  return { permission, bar: refuse('no-permission', message) };
}

const NOT_TOLD = 'the platform does not say at this moment what this account may do';
