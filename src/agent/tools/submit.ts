import type { z } from 'zod';
import type { ToolSpec } from '../../ports/provider.ts';
import { toJsonSchema } from './tool.ts';

/** Ends the session. It has no `run`: the loop itself checks the answer against the task's schema. */
export const SUBMIT = 'submit';

/** The task's answer as a tool, so that every vendor that calls tools can give it. `schema` must describe an object. */
export function createSubmitSpec(submit: { schema: z.ZodType; description: string }): ToolSpec {
  return { name: SUBMIT, description: submit.description, inputSchema: toJsonSchema(submit.schema) };
}
