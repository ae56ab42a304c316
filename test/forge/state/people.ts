export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';
export type TokenKind = 'actions' | 'app' | 'pat';
export type Level = 'read' | 'write';
/** Names of token permissions as GitHub's API spells them; workflows write `-` for `_`. */
export type Scope =
  | 'actions'
  | 'actions_variables'
  | 'administration'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'environments'
  | 'issues'
  | 'metadata'
  | 'pull_requests'
  | 'statuses'
  | 'workflows'
  | 'secrets'
  | 'merge_queues'
  | 'id_token';
export type Scopes = Partial<Record<Scope, Level>>;

export type User = {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
  name: string;
  email: string;
};

export type Token = {
  secret: string;
  kind: TokenKind;
  user: User;
  /** Full names in lower case; null: everywhere its user may go. */
  repositories: readonly string[] | null;
  /** Of a classic one. */
  scopes: readonly string[] | null;
  /** Null: whatever the user's role allows. */
  permissions: Scopes | null;
  limit: number;
  used: number;
  isRevoked: boolean;
  /** When it stops working by itself; null: it does not. */
  expiresAt: string | null;
};

/** A GitHub App, known by the public half of its key. */
export type App = {
  id: number;
  slug: string;
  clientId: string;
  /** PEM */
  publicKey: string;
  owner: User;
  user: User;
  permissions: Scopes;
  installations: Installation[];
};
export type Installation = {
  id: number;
  account: User;
  /** Full names in lower case; null: all of the account's. */
  repositories: readonly string[] | null;
  createdAt: string;
  suspendedAt: string | null;
};

/** Who does something, and with what kind of token: that decides which workflows it starts. */
export type Actor = { user: User; kind: TokenKind };

export type Reaction = { id: number; user: User; content: string; createdAt: string };
