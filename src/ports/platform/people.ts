import type { Actor } from '../../core/events/envelope.ts';

export type Permission = 'none' | 'read' | 'triage' | 'write' | 'admin';

export interface ActorPort {
  /**
   * Who Tamma is here, for assignments and commits. Throws GIT_IDENTITY_MISSING where that cannot be told. An app that
   * no issue can be assigned to says `assignable: false`; assigning it changes nothing and is no error.
   */
  self(): Promise<Actor & { name: string; email: string; assignable?: boolean }>;
  /**
   * Read from the platform at this moment. What it refuses to say is `none`; throws where it does not answer: then
   * nobody knows, nothing may be done, and nobody's word is taken for refused.
   */
  permission(actor: Pick<Actor, 'id' | 'login'>): Promise<Permission>;
}
