import type { Forge } from '../../forge/forge.ts';
import type { Json, Role, Token } from '../../forge/state.ts';

/** Somebody at the forge, who does things over HTTP as a person does. Every act must succeed. */
export type HomePerson = {
  id: number;
  login: string;
  token: Token;
  /** Any request below the repository; `path` such as `/issues/1`. */
  ask(method: string, path: string, body?: Json): Promise<Json>;
  openIssue(issue: { title: string; body?: string; labels?: string[] }): Promise<number>;
  label(issue: number, label?: string): Promise<void>;
  unlabel(issue: number, label: string): Promise<void>;
  /** On an issue or a pull request; answers with the id. */
  comment(number: number, body: string): Promise<number>;
  editComment(id: number, body: string): Promise<void>;
  /** `lines`: remarks on lines of the change. */
  review(
    pull: number,
    verdict: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT',
    body?: string,
    lines?: readonly { path: string; line: number; body: string }[],
  ): Promise<number>;
  close(issue: number): Promise<void>;
};

export function createPerson(forge: Forge, fullName: string, login: string, role: Role): HomePerson {
  const { id } = forge.addUser({ login, permission: { [fullName]: role } });
  const token = forge.createToken({ kind: 'pat', login });
  const ask = async (method: string, path: string, body?: Json): Promise<Json> => {
    const { status, data } = await forge.call(token, method, `/repos/${fullName}${path}`, body);
    if (status >= 300) throw new Error(`${login}: ${method} ${path}: ${status} ${JSON.stringify(data)}`);
    return data as Json;
  };
  return {
    id,
    login,
    token,
    ask,
    openIssue: async (issue) => (await ask('POST', '/issues', issue)).number as number,
    async label(issue, label = 'tamma') {
      await ask('POST', `/issues/${issue}/labels`, { labels: [label] });
    },
    async unlabel(issue, label) {
      await ask('DELETE', `/issues/${issue}/labels/${encodeURIComponent(label)}`);
    },
    comment: async (number, body) => (await ask('POST', `/issues/${number}/comments`, { body })).id as number,
    async editComment(comment, body) {
      await ask('PATCH', `/issues/comments/${comment}`, { body });
    },
    async review(pull, event, body = '', lines = []) {
      const comments = lines.map((line) => ({ ...line, side: 'RIGHT' }));
      const sent = { event, ...(body ? { body } : {}), ...(lines.length > 0 ? { comments } : {}) };
      return (await ask('POST', `/pulls/${pull}/reviews`, sent)).id as number;
    },
    async close(issue) {
      await ask('PATCH', `/issues/${issue}`, { state: 'closed' });
    },
  };
}
