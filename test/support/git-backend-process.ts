import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';

/**
 * Starts `git http-backend` for a test: forking a process of 400 MB costs three times what forking this small one does,
 * and holds up everything else in it. A connection is one request: a line of JSON with the environment, then the body;
 * the answer is what the program writes. A connection that is cut ends the program. Ends with its parent.
 */
const server = createServer({ allowHalfOpen: true }, (socket) => {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\n');
    if (end < 0) return;
    socket.off('data', onData);
    socket.pause();
    answer(socket, JSON.parse(head.subarray(0, end).toString()) as NodeJS.ProcessEnv, head.subarray(end + 1));
  };
  socket.on('data', onData);
  socket.on('error', () => {});
});

function answer(socket: Socket, env: NodeJS.ProcessEnv, begin: Buffer): void {
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  child.stdin.on('error', () => {}); // the backend may answer before it has read everything
  if (begin.length > 0) child.stdin.write(begin);
  socket.pipe(child.stdin);
  child.stdout.pipe(socket, { end: false });
  child.on('close', () => socket.end());
  socket.on('close', () => {
    try {
      // http-backend is a tree of processes: the whole group ends. 2.39 spins for ever on a body that was cut short.
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it had ended already
    }
  });
}

server.listen(process.argv[2], () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit()).resume();
