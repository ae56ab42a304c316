import { expect, test } from 'vitest';
import { parseCommand } from '../../src/app/parse-command.ts';

test.each([
  ['/tamma approve 12ab', { command: 'approve', argument: '12ab' }],
  ['/tamma  run  \r\nplease', { command: 'run', argument: '' }],
  ['/tamma revise use a map\nand sort it', { command: 'revise', argument: 'use a map\nand sort it' }],
  ['/tamma approve --issue 7 12ab', { command: 'approve', argument: '12ab' }],
  ['/tamma', { command: '', argument: '' }],
  [' /tamma run', undefined],
  ['Say /tamma run', undefined],
  ['/tamma аpprove 12ab', undefined], // a Cyrillic letter
])('the comment %j is read as %j', (body, expected) => {
  expect(parseCommand(body)).toEqual(expected);
});
