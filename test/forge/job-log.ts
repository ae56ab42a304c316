import type { ServerResponse } from 'node:http';
import type { World } from './state.ts';

/** Where the API sends who asks for a job's log: text, without authorisation. */
export function sendLog(world: World, path: string, response: ServerResponse): void {
  const [, owner, name, id] = /^\/_logs\/([^/]+)\/([^/]+)\/(\d+)$/.exec(path) ?? [];
  const repository = world.repositories.get(`${owner}/${name}`.toLowerCase());
  const jobs = repository?.runs.flatMap((run) => run.jobs) ?? [];
  const job = jobs.find((entry) => entry.id === Number(id));
  response.writeHead(job ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' }).end(job?.log);
}
