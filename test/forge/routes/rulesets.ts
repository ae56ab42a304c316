import {
  created,
  list,
  needText,
  noContent,
  notFound,
  ok,
  type RepositoryCall,
  type Route,
} from '../answers.ts';
import { writeProtections } from '../hooks.ts';
import { rulesetsOf } from '../model/rules.ts';
import type { Json, Rule, Ruleset } from '../state.ts';
import { apiOf, htmlOf } from '../views/repository.ts';
import { toNodeId } from '../views/user.ts';

const READ = [{ metadata: 'read' }] as const;
const ADMIN = { needs: [{ administration: 'write' }], role: 'admin' } as const;
const one = '/rulesets/{ruleset_id}';

/** Anybody who reads may see rules; only administrators make them. */
export const rulesetRoutes: readonly Route[] = [
  { method: 'GET', path: '/rules/branches/{branch}', needs: READ, handle: listRules },
  { method: 'GET', path: '/rulesets', needs: READ, handle: listRulesets },
  { method: 'POST', path: '/rulesets', ...ADMIN, handle: create },
  { method: 'GET', path: one, needs: READ, handle: (call) => ok(viewWhole(call, rulesetOf(call))) },
  { method: 'DELETE', path: one, ...ADMIN, handle: remove },
];

/** Not the older branch protection: GitHub does not tell of it here. */
function listRules(call: RepositoryCall) {
  const { repository, params } = call;
  const rules = rulesetsOf(repository, params.branch ?? '').flatMap((ruleset) =>
    ruleset.rules.map((rule) => ({
      ...rule,
      ruleset_source_type: 'Repository',
      ruleset_source: repository.fullName,
      ruleset_id: ruleset.id,
    })),
  );
  return list(call, rules, (rule) => rule);
}

function rulesetOf({ repository, params }: RepositoryCall): Ruleset {
  const found = repository.rulesets.find(({ id }) => id === Number(params.ruleset_id));
  if (!found) throw notFound();
  return found;
}

function view({ world, repository }: RepositoryCall, ruleset: Ruleset): Json {
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: ruleset.target,
    source_type: 'Repository',
    source: repository.fullName,
    enforcement: ruleset.enforcement,
    node_id: toNodeId('RRS', ruleset.id),
    _links: {
      self: { href: `${apiOf(world, repository)}/rulesets/${ruleset.id}` },
      html: { href: `${htmlOf(world, repository)}/rules/${ruleset.id}` },
    },
    created_at: ruleset.createdAt,
    updated_at: ruleset.createdAt,
  };
}

const viewWhole = (call: RepositoryCall, ruleset: Ruleset): Json => ({
  ...view(call, ruleset),
  conditions: { ref_name: { include: ruleset.include, exclude: [] } },
  rules: ruleset.rules,
  current_user_can_bypass: 'never',
});

function listRulesets(call: RepositoryCall) {
  return list(call, call.repository.rulesets, (ruleset) => view(call, ruleset));
}

type Wanted = {
  target?: Ruleset['target'];
  enforcement: Ruleset['enforcement'];
  conditions?: { ref_name?: { include?: string[]; exclude?: string[] } };
  bypass_actors?: unknown[];
  rules?: Rule[];
};

async function create(call: RepositoryCall) {
  const { world, repository } = call;
  const wanted = call.body as Wanted;
  const names = wanted.conditions?.ref_name;
  if ((names?.exclude ?? []).length + (wanted.bypass_actors ?? []).length > 0) {
    throw new Error('the forge knows no exceptions from rulesets');
  }
  const ruleset: Ruleset = {
    id: world.newId(),
    name: needText(call.body, 'name'),
    target: wanted.target ?? 'branch',
    enforcement: wanted.enforcement,
    include: names?.include ?? [],
    rules: wanted.rules ?? [],
    createdAt: world.now(),
  };
  repository.rulesets.push(ruleset);
  await writeProtections(repository);
  return created(viewWhole(call, ruleset));
}

async function remove(call: RepositoryCall) {
  const ruleset = rulesetOf(call);
  call.repository.rulesets = call.repository.rulesets.filter((entry) => entry !== ruleset);
  await writeProtections(call.repository);
  return noContent();
}
