import type { ForgeCore } from '../core.ts';
import { tellRun } from '../model/runs.ts';
import type { Repository, Run } from '../state.ts';
import { toClaim, toRunScope } from './claims.ts';
import { type Claimant, createConcurrency } from './concurrency.ts';
import type { JobResult } from './job.ts';
import { isBlocked } from './job-record.ts';
import type { ActionsOptions } from './options.ts';
import { fileOf, perform, type RunPlace } from './perform.ts';
import { strike } from './schedule.ts';

export type JobReport = JobResult & { run: number; job: string };

export type Actions = {
  /** From now on queued runs are run, in processes of their own. */
  start(options: ActionsOptions): void;
  /** Until nothing is queued or running any more; what waits for a person may still wait. */
  idle(): Promise<void>;
  /** The clock strikes: a run of every workflow with a schedule. */
  schedule(fullName: string): Promise<void>;
  /** What every job did, in the order they ended. */
  results: JobReport[];
  /** Ends every run at once. */
  stop(): Promise<void>;
  /** Looks for runs that wait; called by the forge after each request. */
  pump(): void;
};

type Active = { end: Promise<void>; abort: AbortController; halt: AbortController };

export function createActions(core: ForgeCore, root: string): Actions {
  const concurrency = createConcurrency();
  const seen = new Map<Run, number>();
  const claimants = new Map<Run, Claimant>();
  const ready: { repository: Repository; run: Run }[] = [];
  const running = new Map<Run, Active>();
  const results: JobReport[] = [];
  let options: ActionsOptions | undefined;
  let admissions: Promise<unknown> = Promise.resolve();
  let changes = createChange();

  function changed(): void {
    changes.tell();
    changes = createChange();
  }

  async function admit(repository: Repository, run: Run): Promise<void> {
    const file = await fileOf(repository, run);
    const claim = file && toClaim(repository, file.concurrency, toRunScope(repository, run, file));
    const claimant: Claimant = {
      start() {
        ready.push({ repository, run });
        startReady();
      },
      cancel() {
        run.cancelling ??= 'gently';
        pump();
      },
    };
    claimants.set(run, claimant);
    if (!claim) return claimant.start();
    if (run.status === 'queued') run.status = 'pending';
    concurrency.enter(claimant, claim);
  }

  function startReady(): void {
    while (options && ready.length > 0 && running.size < (options.parallel ?? 2)) {
      const next = ready.shift();
      if (next && next.run.status !== 'completed') begin(next.repository, next.run, options);
      else if (next) leave(next.run);
    }
  }

  function begin(repository: Repository, run: Run, now: ActionsOptions): void {
    const [abort, halt] = [new AbortController(), new AbortController()];
    const place: RunPlace = {
      ...{ world: core.world, repository, actor: run.actor, core, run, options: now, results, root },
      ...{ concurrency, changed, signal: abort.signal, halt: halt.signal },
    };
    const work = perform(place).then((conclusion) => {
      running.delete(run);
      return end(repository, run, conclusion);
    });
    running.set(run, { end: work, abort, halt });
  }

  async function end(
    repository: Repository,
    run: Run,
    conclusion: NonNullable<Run['conclusion']>,
  ): Promise<void> {
    await core.inTurn(async () => {
      Object.assign(run, { status: 'completed', conclusion, cancelling: null, updatedAt: core.world.now() });
      // Told by GitHub itself, not by the token: that is why it may start workflows.
      tellRun({ world: core.world, repository, actor: run.actor }, run, 'completed');
      await core.tellEvents();
    });
    leave(run);
    changed();
  }

  function leave(run: Run): void {
    const claimant = claimants.get(run);
    if (claimant) concurrency.leave(claimant);
    startReady();
    pump();
  }

  /** Ends what somebody wants to end, and admits what is new or repeated. */
  function pump(): void {
    if (!options) return;
    for (const repository of core.world.repositories.values()) {
      for (const run of repository.runs) {
        if (run.cancelling) cancel(repository, run);
        if (run.status !== 'queued' || seen.get(run) === run.attempt) continue;
        seen.set(run, run.attempt);
        admissions = admissions.then(() => admit(repository, run));
      }
    }
  }

  function cancel(repository: Repository, run: Run): void {
    const active = running.get(run);
    active?.abort.abort();
    if (run.cancelling === 'force') active?.halt.abort();
    if (active || run.status === 'completed') return;
    run.status = 'completed';
    admissions = admissions.then(() => end(repository, run, 'cancelled'));
  }

  return {
    results,
    pump,
    start(given) {
      options = given;
      for (const repository of core.world.repositories.values()) {
        for (const [name, value] of Object.entries(given.secrets ?? {})) repository.secrets.set(name, value);
        for (const [name, value] of Object.entries(given.variables ?? {}))
          repository.variables.set(name, value);
      }
      pump();
    },
    async idle() {
      for (;;) {
        const next = changes.told;
        await core.webhooks.settled();
        await core.inTurn(() => Promise.resolve());
        pump();
        await admissions;
        const busy = [...running].filter(([run]) => !isBlocked(run.jobs));
        if (busy.length === 0 && ready.length === 0) return;
        if (busy.length > 0) await Promise.race([next, ...busy.map(([, active]) => active.end)]);
      }
    },
    async schedule(fullName) {
      const repository = core.world.repositories.get(fullName.toLowerCase());
      if (!repository) throw new Error(`no repository ${fullName}`);
      await core.inTurn(() => strike(core, repository));
    },
    async stop() {
      options = undefined;
      for (const { abort, halt } of running.values()) {
        halt.abort();
        abort.abort();
      }
      await Promise.allSettled([...running.values()].map((entry) => entry.end));
    },
  };
}

/** Something that happens once. */
function createChange() {
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { told, tell: () => tell() };
}
