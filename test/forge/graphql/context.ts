import { hasScopes } from '../access.ts';
import type { Actor, Json, Repository, Scopes, Token, World } from '../state.ts';
import { GraphqlFailure } from './failure.ts';

/** What every resolver gets beside its arguments. */
export type GraphqlContext = {
  world: World;
  token: Token;
  actor: Actor;
  /** Those a stale read sees, or the present ones. */
  repositories: ReadonlyMap<string, Repository>;
  /** Told where a field is asked for that the forge does not resolve. */
  miss(field: string): void;
};

export type Resolver<A = Json> = (args: A, context: GraphqlContext) => unknown;

export function demandScopes({ token }: GraphqlContext, repository: Repository, scopes: Scopes): void {
  if (hasScopes(token, repository, scopes)) return;
  const kind = token.kind === 'pat' ? 'personal access token' : 'integration';
  throw new GraphqlFailure('FORBIDDEN', `Resource not accessible by ${kind}`);
}
