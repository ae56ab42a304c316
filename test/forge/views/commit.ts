import type { ChangedFile } from '../git/diff.ts';
import type { CommitData } from '../git/text.ts';
import type { Json, Repository, User, World } from '../state.ts';
import { apiOf, htmlOf } from './repository.ts';
import { toNodeId, viewUserOrNull } from './user.ts';

export function viewVerification(repository: Repository, commit: CommitData): Json {
  const verified = repository.signed.has(commit.sha);
  return {
    verified,
    reason: verified ? 'valid' : 'unsigned',
    signature: null,
    payload: null,
    verified_at: verified ? commit.committer.date : null,
  };
}

/** `GET /git/commits/{sha}` */
export function viewGitCommit(world: World, repository: Repository, commit: CommitData): Json {
  const api = `${apiOf(world, repository)}/git`;
  const html = `${htmlOf(world, repository)}/commit`;
  return {
    sha: commit.sha,
    node_id: toNodeId('C', `${repository.id}:${commit.sha}`),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${api}/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${html}/${sha}`,
    })),
    verification: viewVerification(repository, commit),
  };
}

/** `GET /commits/{ref}` and lists of commits. */
export function viewCommit(
  world: World,
  repository: Repository,
  commit: CommitData,
  files?: readonly ChangedFile[],
): Json {
  const api = `${apiOf(world, repository)}/commits/${commit.sha}`;
  const { author, committer, tree, message, verification, html_url, node_id } = viewGitCommit(
    world,
    repository,
    commit,
  );
  const parents = commit.parents.map((sha) => ({
    sha,
    url: `${apiOf(world, repository)}/commits/${sha}`,
    html_url: `${htmlOf(world, repository)}/commit/${sha}`,
  }));
  return {
    sha: commit.sha,
    node_id,
    url: api,
    html_url,
    comments_url: `${api}/comments`,
    commit: {
      author,
      committer,
      message,
      tree,
      comment_count: 0,
      url: `${apiOf(world, repository)}/git/commits/${commit.sha}`,
      verification,
    },
    author: viewUserOrNull(world, findUserOf(world, commit.author.email)),
    committer: viewUserOrNull(world, findUserOf(world, commit.committer.email)),
    parents,
    ...(files ? { files: viewFiles(world, repository, commit.sha, files), stats: viewStats(files) } : {}),
  };
}

export function findUserOf(world: World, email: string): User | null {
  return [...world.users.values()].find((user) => user.email === email) ?? null;
}

function viewStats(files: readonly ChangedFile[]): Json {
  const { additions, deletions } = countLines(files);
  return { additions, deletions, total: additions + deletions };
}

export function countLines(files: readonly ChangedFile[]): { additions: number; deletions: number } {
  return {
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
  };
}

export function viewFiles(
  world: World,
  repository: Repository,
  sha: string,
  files: readonly ChangedFile[],
): Json[] {
  return files.map((file) => {
    const path = file.path.split('/').map(encodeURIComponent).join('/');
    return {
      sha: file.sha,
      filename: file.path,
      status: file.status,
      additions: file.additions,
      deletions: file.deletions,
      changes: file.additions + file.deletions,
      blob_url: `${htmlOf(world, repository)}/blob/${sha}/${path}`,
      raw_url: `${htmlOf(world, repository)}/raw/${sha}/${path}`,
      contents_url: `${apiOf(world, repository)}/contents/${path}?ref=${sha}`,
      ...(file.patch === null ? {} : { patch: file.patch }),
      ...(file.previous === null ? {} : { previous_filename: file.previous }),
    };
  });
}

/** `head_commit` of runs and pushes. */
export function viewSimpleCommit(commit: CommitData): Json {
  const { author, committer } = commit;
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: committer.date,
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
  };
}
