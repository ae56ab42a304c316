import { describe, expect, test } from 'vitest';
import { renderRefusal } from '../../src/report/refusal.ts';
import { publish } from '../support/report-goldens.ts';

const DIGEST = '83aa111dcb1a7662b5d60ad19400d369f088d01b';

const refused = (command: string, message: string) =>
  publish(renderRefusal({ command, message })).split('\n')[0];

describe('the answer to a command that was not carried out', () => {
  test('names commands as they have to be written in a comment, also after publishing', () => {
    expect(refused('approve', `name what you approve: tamma approve --issue 1 ${DIGEST}`)).toBe(
      `\`/tamma approve\` was not carried out: name what you approve: \`/tamma approve ${DIGEST}\`.`,
    );
    expect(refused('approve', 'the request expired; `tamma retry` asks anew')).toBe(
      '`/tamma approve` was not carried out: the request expired; `/tamma retry` asks anew.',
    );
    expect(refused('', 'nothing is known of issue 7 yet: `tamma run --issue 7` begins')).toBe(
      '`/tamma` was not carried out: nothing is known of issue 7 yet: `/tamma run` begins.',
    );
    expect(publish(renderRefusal({ command: 'help', message: 'x' }))).toContain('`/tamma status`');
  });

  test('takes commands in anybody’s text apart', () => {
    expect(refused('skip', `there is no step /tamma approve ${DIGEST} @claude`)).toBe(
      `\`/tamma skip\` was not carried out: there is no step \`/ tamma\` approve ${DIGEST} \`@ claude\`.`,
    );
  });
});
