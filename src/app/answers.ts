import type { Answer, Question } from '../core/events/parts.ts';

type Parsed = { ok: true; answers: Answer[] } | { ok: false; reason: string };

/**
 * Answers as people type them: `q1=2 q2=as JSON`, where a number or a letter picks a choice and anything else is taken
 * as it is. One question needs no name. Every question must be answered.
 */
export function parseAnswers(text: string, questions: readonly Question[]): Parsed {
  const [only] = questions;
  const named = [...text.matchAll(/(?:^|\s)(q[1-9])\s*[=:]([\s\S]*?)(?=\s+q[1-9]\s*[=:]|$)/gi)];
  const given = new Map(named.map(([, id = '', answer = '']) => [id.toLowerCase(), unquote(answer.trim())]));
  if (given.size === 0 && only && questions.length === 1) given.set(only.id, unquote(text.trim()));

  const problems = [
    ...[...given.keys()]
      .filter((id) => !questions.some((question) => question.id === id))
      .map((id) => `there is no ${id}`),
    ...questions
      .filter((question) => !given.get(question.id))
      .map((question) => `${question.id} has no answer: ${question.question}`),
  ];
  if (problems.length > 0)
    return { ok: false, reason: `${problems.join('; ')} (write: q1=1 q2="your own words")` };
  const answers = questions.map((question) => ({
    questionId: question.id,
    answer: pickChoice(given.get(question.id) ?? '', question.choices).slice(0, 2000),
  }));
  return { ok: true, answers };
}

/** In a comment nobody takes the quotes away, as a shell does. */
function unquote(text: string): string {
  return text.replace(/^"([^"]*)"$/, '$1').trim();
}

function pickChoice(given: string, choices: readonly string[]): string {
  const number = /^[1-9]$/.test(given) ? Number(given) - 1 : -1;
  const letter = /^[a-f]$/i.test(given) ? given.toLowerCase().charCodeAt(0) - 97 : -1;
  return choices[number] ?? choices[letter] ?? given;
}
