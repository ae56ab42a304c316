import { TammaError } from '../../core/errors.ts';
import type { Identity } from './trunk.ts';

/** The identity in the form git takes it, or GIT_IDENTITY_MISSING: asked for before anything is written. */
export function checkIdentity(identity: Identity | null): Identity {
  const clean = (text: string | undefined) => (text ?? '').replace(/[<>\0\r\n]/g, '').trim();
  const name = clean(identity?.name);
  const email = clean(identity?.email);
  if (name !== '' && email !== '') return { name, email };
  throw new TammaError(
    'GIT_IDENTITY_MISSING',
    `git does not know ${name === '' ? 'the name' : 'the e-mail address'} to commit with`,
  );
}
