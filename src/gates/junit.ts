import { createFailingTest, type FailingTest, type TestSummary } from './failing-test.ts';
import { decodeEntities, parseXml } from './xml.ts';

type Case = {
  name?: string;
  classname?: string;
  file?: string;
  line?: string;
  failure?: unknown;
  error?: unknown;
  skipped?: unknown;
};
type Suite = { testcase?: Case[]; testsuite?: Suite[] };

/** The JUnit XML that most runners write (https://github.com/testmoapp/junitxml); undefined for anything else. */
export async function parseJunit(text: string): Promise<TestSummary | undefined> {
  const parsed = (await parseXml(text, ['testcase', 'testsuite'])) as
    | { testsuites?: Suite | string; testsuite?: Suite[] }
    | undefined;
  if (parsed?.testsuites === undefined && parsed?.testsuite === undefined) return undefined;
  const roots = typeof parsed.testsuites === 'object' ? [parsed.testsuites] : (parsed.testsuite ?? []);
  const executed = roots.flatMap(listCases).filter((test) => test.skipped === undefined);
  return {
    formats: ['junit'],
    executed: executed.length,
    failing: executed.filter(hasFailed).map(toFailing),
  };
}

function listCases(suite: Suite): Case[] {
  return [...(suite.testcase ?? []), ...(suite.testsuite ?? []).flatMap(listCases)];
}

function hasFailed(test: Case): boolean {
  return test.failure !== undefined || test.error !== undefined;
}

function toFailing({ name = '', classname, file, line }: Case): FailingTest {
  // node writes "test" for a test outside any suite
  const owner = classname && classname !== 'test' ? `${decodeEntities(classname)} > ` : '';
  return createFailingTest(`${owner}${decodeEntities(name)}`, file && decodeEntities(file), line);
}
