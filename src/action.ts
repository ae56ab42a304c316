import { appendFileSync } from 'node:fs';
import { findIdleReason } from './app/action/idle.ts';

const idle = findIdleReason(process.env);

if (idle) {
  // The commonest event needs nothing loaded. The file is the runner's own way (docs.github.com, "Setting an output parameter").
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, 'status=idle\n');
  process.stdout.write(`${idle}\n`);
} else {
  const { runAction } = await import('./app/action/main.ts');
  process.exitCode = await runAction(process.env);
}
