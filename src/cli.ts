import manifest from '../package.json' with { type: 'json' };

const argv = process.argv.slice(2);

// The commonest question needs nothing loaded.
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${manifest.version}\n`);
} else {
  const { runCli } = await import('./app/cli/main.ts');
  process.exitCode = await runCli({
    argv,
    environment: process.env,
    streams: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr },
    version: manifest.version,
  });
}
