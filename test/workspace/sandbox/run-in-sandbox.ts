import { probeSandbox } from '../../../src/workspace/sandbox/probe.ts';
import { contractLimits } from '../../contracts/sandbox.ts';

// A program of its own that can be killed: `node run-in-sandbox.ts <rung> <temporary folder> <folder> <shell text>`.
const [rung = '', temporaryDirectory = '', directory = '', text = ''] = process.argv.slice(2);
const options = {
  policy: 'required',
  temporaryDirectory,
  hidden: [],
  limits: contractLimits,
  rungs: [rung],
} as const;
const sandbox = await probeSandbox(options);
await sandbox.run({ argv: ['sh', '-c', text], directory });
