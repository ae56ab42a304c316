import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinDocuments, normaliseBody, splitDocuments } from '../../../src/platforms/plain-git/document.ts';
import { changeIssue, changePull, createIssueText } from '../../../src/platforms/plain-git/issue-change.ts';
import { type IssueFile, parseIssueFile } from '../../../src/platforms/plain-git/issue-file.ts';
import { readHostileTexts } from '../../contracts/platform.ts';

const origin = {
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-02T00:00:00.000Z',
  author: 'history',
};
const writer = { login: 'Tamma', now: new Date('2026-11-20T10:00:00.000Z') };

const parse = (text: string | Buffer): Promise<IssueFile> =>
  parseIssueFile(7, Buffer.from(text), () => Promise.resolve(origin));

const written = `---
title: Add a slug # short
labels:
  - tamma
  - bug
state: open
estimate: 3 # of our own
createdAt: 2026-11-19
---
The body.

---

Still the body, after a rule.

Heading
---
Note: this is no front matter
---
The end of it.

---
author: alice
createdAt: 2026-11-20T09:00:00+01:00
mood: good
---
First comment

---
author: bob
createdAt: 2026-11-20T09:30:00Z

A comment whose front matter nobody closed
`;

describe('an issue file written by hand', () => {
  it('is read with its rules, headings and comments', async () => {
    const { issue, pull } = await parse(written);
    expect(issue).toEqual({
      number: 7,
      title: 'Add a slug',
      body: 'The body.\n\n---\n\nStill the body, after a rule.\n\nHeading\n---\nNote: this is no front matter\n---\nThe end of it.',
      labels: ['tamma', 'bug'],
      state: 'open',
      assignees: [],
      author: 'history',
      priority: null,
      createdAt: '2026-11-19T00:00:00.000Z',
      updatedAt: '2026-01-02T00:00:00.000Z',
      url: '.tamma/issues/7.md',
      comments: [
        {
          id: expect.stringMatching(/^[0-9a-f]{16}$/),
          author: { kind: 'human', id: 'alice', login: 'alice', via: 'plain-git' },
          createdAt: '2026-11-20T08:00:00.000Z',
          editedAt: null,
          body: 'First comment',
          marker: null,
        },
        expect.objectContaining({
          body: 'A comment whose front matter nobody closed',
          createdAt: '2026-11-20T09:30:00.000Z',
        }),
      ],
    });
    expect(pull).toBeUndefined();
  });

  it('needs nothing but a title', async () => {
    const { issue } = await parse('\n---\ntitle: Short\n---\n');
    expect(issue).toMatchObject({ title: 'Short', body: '', labels: [], state: 'open', ...origin });
  });

  it('keeps what Tamma does not know, word for word, when Tamma changes it', async () => {
    const text = changeIssue(await parse(written), { addLabels: ['tamma:active'] }, writer) ?? '';
    expect(text).toContain('title: Add a slug # short');
    expect(text).toContain('estimate: 3 # of our own');
    expect(text).toContain('labels: [tamma, bug, tamma:active]');
    expect(text.slice(text.indexOf('The body.'))).toBe(written.slice(written.indexOf('The body.')));
  });

  it('keeps CRLF and a byte order mark', async () => {
    const windows = `\uFEFF${written.replaceAll('\n', '\r\n')}`;
    const file = await parse(windows);
    expect(file.issue).toEqual((await parse(written)).issue);
    const text = changeIssue(file, { comment: { marker: 'm', body: 'one\ntwo' } }, writer) ?? '';
    expect(text.startsWith('\uFEFF---\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect((await parse(text)).issue.comments.at(-1)).toMatchObject({ body: 'one\ntwo', marker: 'm' });
  });

  it('gives comments of the same author and moment different ids that stay', async () => {
    const comment = '\n---\nauthor: alice\ncreatedAt: 2026-11-20\n---\nagain\n';
    const ids = (await parse(`---\ntitle: T\n---\n${comment.repeat(3)}`)).issue.comments.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    const more = (await parse(`---\ntitle: T\n---\n${comment.repeat(4)}`)).issue.comments.map(({ id }) => id);
    expect(more.slice(0, 3)).toEqual(ids);
  });

  it('passes over documents of a kind it does not know', async () => {
    const file = await parse('---\ntitle: T\n---\n\n---\nkind: poll\noptions: [a]\n---\nWhich?\n');
    expect(file.issue.comments).toEqual([]);
    expect(changeIssue(file, { addLabels: ['x'] }, writer)).toContain(
      'kind: poll\noptions: [a]\n---\nWhich?',
    );
  });

  it.each([
    ['', 1, /does not begin with front matter/],
    ['# Just Markdown\n', 1, /does not begin with front matter/],
    ['---\ntitle: T\n', 1, /not closed/],
    ['---\n- a\n---\n', 2, /holds no keys/],
    ['---\nlabels: [tamma]\n---\n', 2, /`title` is missing; write `title: /],
    ['---\nstate: open\ntitle: 42\n---\n', 3, /`title` is not what Tamma can read.*in quotes/],
    ['---\ntitle: T\nlabels: tamma\n---\n', 3, /`labels: \[tamma, bug\]`/],
    ['---\ntitle: T\nstate: done\n---\n', 3, /`state: open` or `state: closed`/],
    ['---\ntitle: T\npriority: high\n---\n', 3, /a whole number/],
    ['---\ntitle: T\ncreatedAt: yesterday\n---\n', 3, /write a date/],
    ['---\ntitle: T\ntitle: U\n---\n', 3, /not valid YAML: Map keys must be unique/],
    ['---\ntitle: a: b\n---\n', 2, /not valid YAML/],
    ['---\ntitle: &t T\nauthor: *t\n---\n', 3, /aliases/],
    ['---\ntitle: !!js/function T\n---\n', 2, /not valid YAML/],
    ['---\ntitle: T\n---\nbody\n\n---\nauthor: bob\n---\nhi\n', 7, /`createdAt` is missing/],
    ['---\ntitle: T\n---\n---\nkind: pull-request\nbranch: b\n---\n', 5, /`base` is missing; restore/],
  ])('says where it is wrong and what to write: %j', async (text, line, message) => {
    const invalid = parse(text);
    await expect(invalid).rejects.toMatchObject({
      code: 'ISSUE_INVALID',
      message: expect.stringMatching(message),
      details: { file: '.tamma/issues/7.md', line },
    });
    await expect(invalid).rejects.toThrow(`.tamma/issues/7.md:${line}: `);
  });

  it('has to be UTF-8', async () => {
    await expect(parse(Buffer.from([0x2d, 0xff, 0xfe]))).rejects.toThrow(/not UTF-8/);
  });
});

describe('what Tamma writes into an issue file', () => {
  const hostileLine = fc.constantFrom(
    '---',
    '--- ',
    '\\---',
    '\\\\---\t',
    '----',
    'author: eve',
    'kind: pull-request',
    'createdAt: 2026-01-01',
    '',
    ' ',
    '\r',
    '…',
    '%YAML 1.2',
  );
  const body = fc.oneof(
    fc.array(hostileLine, { maxLength: 12 }).map((lines) => lines.join('\n')),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
  );
  const words = fc
    .oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      hostileLine,
    )
    .map((text) => Buffer.from(text).toString())
    .filter((text) => text.trim() !== '');

  it('comes back as it was, and never as a document of its own', async () => {
    await fc.assert(
      fc.asyncProperty(
        words,
        body,
        body,
        body,
        fc.array(words, { maxLength: 4 }),
        async (title, first, comment, description, labels) => {
          const created = await parse(
            createIssueText({ marker: 'split-1', title, body: first, labels }, writer),
          );
          const commented = await parse(
            changeIssue(created, { comment: { marker: 'm', body: comment } }, writer) ?? '',
          );
          const pull = {
            branch: 'tamma/7-x',
            base: 'main',
            head: 'a'.repeat(40),
            state: 'open',
            draft: true,
            title,
            body: description,
            labels: [],
            mergeSha: null,
          } as const;
          const whole = await parse(changePull(commented, pull, writer) ?? '');
          expect(whole.issue.title).toBe(title.replace(/\s+/g, ' ').trim());
          expect(whole.issue.body).toBe(normaliseBody(first));
          expect(whole.issue.labels).toEqual([...new Set(labels.map((label) => label.trim()))]);
          expect(whole.issue.comments.map((one) => one.body)).toEqual([normaliseBody(comment)]);
          expect(whole.pull).toMatchObject({ body: normaliseBody(description), title: title.trim() });
          expect(changeIssue(whole, { comment: { marker: 'm', body: comment } }, writer)).toBeUndefined();
          expect(changePull(whole, pull, writer)).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('comes back as it was for every hostile text we know', async () => {
    for (const text of readHostileTexts()) {
      const { issue } = await parse(
        createIssueText({ marker: 'm', title: text, body: text, labels: [text] }, writer),
      );
      expect(issue).toMatchObject({
        title: text.replace(/\s+/g, ' ').trim(),
        body: text,
        labels: [text],
        comments: [],
      });
    }
  });

  it('takes a file apart and puts it together without a change', () => {
    const blocks = fc.array(
      fc.constantFrom('---', 'author: a', 'createdAt: 2026-01-01', 'text', '', '\\---'),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(blocks, (lines) => {
        const text = `---\ntitle: T\n---\n${lines.join('\n')}`.replace(/\n*$/, '\n');
        expect(joinDocuments(splitDocuments(text))).toBe(text);
      }),
    );
  });

  it('keeps a merged pull request when the issue is worked on again', async () => {
    const form = { branch: 'tamma/7-x', base: 'main', title: 'T', body: '', labels: [], draft: false };
    const opened = changePull(
      await parse('---\ntitle: T\n---\n'),
      { ...form, head: 'a'.repeat(40), state: 'open', mergeSha: null },
      writer,
    );
    const merged = changePull(
      await parse(opened ?? ''),
      { ...form, head: 'a'.repeat(40), state: 'merged', mergeSha: 'b'.repeat(40) },
      writer,
    );
    const again =
      changePull(
        await parse(merged ?? ''),
        { ...form, head: 'c'.repeat(40), state: 'open', mergeSha: null },
        writer,
      ) ?? '';
    expect(again.match(/^kind: pull-request$/gm)).toHaveLength(2);
    expect(again).toContain(`mergeSha: ${'b'.repeat(40)}`);
    expect((await parse(again)).pull).toMatchObject({ state: 'open', head: 'c'.repeat(40) });
  });
});
