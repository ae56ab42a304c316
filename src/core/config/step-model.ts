import type { StepId } from '../loop.ts';
import type { Config } from './schema.ts';

export type StepModel = {
  /** A name under `providers`, or `auto`. */
  provider: string;
  /** Undefined: the provider's own, or, with `auto`, the router's choice. */
  model: string | undefined;
  temperature: number | undefined;
};

/** Which provider and model a step asks for. A step that names its provider does not inherit `agent.model`: that belongs to the other one. */
export function resolveStepModel({ agent, providers }: Config, stepId: StepId): StepModel {
  const own = agent.steps[stepId];
  const provider = own?.provider ?? agent.provider;
  const inherited = provider === agent.provider ? agent.model : undefined;
  return {
    provider,
    model: own?.model ?? inherited ?? providers[provider]?.model,
    temperature: own?.temperature,
  };
}
