/**
 * What of the corpus the pure floor cannot show: the room that has to. An entry here is one that no check of
 * this folder runs.
 */
export const entriesOfOtherRooms: Readonly<Record<string, string>> = {
  'PI-001': 'agent and sandbox: what a command sees, and that a comment is only staged',
  'PI-002': 'agent: run_command takes approved commands only',
  'PI-011': 'app and agent: instruction files are read at the base SHA',
  'TR-001': 'hosts: who may trigger',
  'TR-002': 'hosts: who may trigger',
  'TR-003': 'hosts: who may trigger',
  'TR-005': 'hosts: who may trigger',
  'TR-006': 'hosts: who may trigger',
  'TR-007': 'hosts: who may trigger',
  'TR-008': 'hosts: what is a command',
  'TR-011': 'hosts: who may trigger on GitLab',
  'AP-001': 'app: approval of another digest',
  'AP-002': 'app and steps: the issue changed after the approval',
  'AP-003': 'hosts: an edited comment',
  'AP-006': 'publish: permission at the moment of use',
  'AP-010': 'platforms and publish: expected head',
  'GR-006': 'agent: there is no git tool',
  'GC-001': 'workspace: git never runs in the tree of the model',
  'GC-002': 'lib/git: hooks are off',
  'PE-002': 'workspace: links',
  'PE-003': 'workspace: links',
  'PE-007': 'workspace: races',
  'OI-006': 'app and publish: what crosses from work to publish has a schema',
  'OI-007': 'app and publish: artifacts',
  'RC-004': 'sandbox: environment of a command',
  'RC-005': 'hosts: outputs of a job',
  'SL-006': 'sandbox: processes of others',
  'SL-007': 'sandbox: no network',
  'EL-001': 'core/events and stores: the chain',
  'EL-002': 'core/events and stores: the anchor',
  'EL-003': 'core/events and stores: canonical lines',
  'EL-005': 'app: the log never authorises',
  'PL-001': 'plugins: not in this version, the configuration refuses them',
  'PL-003': 'plugins: not in this version, the configuration refuses them',
  'WH-002': 'server mode: does not exist',
  'WH-003': 'server mode: does not exist',
  'RA-001': 'sandbox: limits',
  'CI-001': 'app: doctor reads the workflows',
  'CI-003': 'app: doctor and tokens',
  'NET-001': 'agent: there is no fetch tool',
  'OK-001': 'hosts: who may trigger',
  'OK-008': 'hosts and app: an approval is recorded',
};

/** Facts of entries that are checked here in part: the room that shows the rest. */
export const factsOfOtherRooms: Readonly<Record<string, string>> = {
  "the verdict comes from the verify job's own run, not from the model's status text":
    'gates: the exit code decides',
  'log text enters the prompt only inside the untrusted wrapper, truncated': 'agent: command output',
  'nothing is pushed until a new plan hash is approved': 'publish',
  'no git process is started with the value': 'publish and lib/git',
  '{{OUT}}/pwn does not exist': 'publish, workspace and sandbox',
  "GIT_LITERAL_PATHSPECS=1 and '--' are always set": 'lib/git',
  "changes are taken as file contents by the controller, or by git in a fresh Tamma-owned bare repository; the agent's .git is never used":
    'workspace: snapshot',
  'no file outside {{WS}}': 'workspace',
  'in mode request-review: draft PR plus a blocking review, never auto-merge':
    'not in this version: protected paths are always refused',
  'configuration in force is the one of the default branch at the base SHA in any case': 'app: read-config',
  'no Function, eval or vm in the bundle (checked by a lint test)': 'build: a test reads the bundle',
  'gt:0 works (no truthiness test on numbers)': 'not in this version: triggers are refused',
  'match is literal or linear-time': 'not in this version: triggers are refused',
  'no request leaves with the key (fake server sees 0)': 'providers',
};
