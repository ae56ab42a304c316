import { TammaError } from '../core/errors.ts';
import { maskTokens } from '../core/text/secret-patterns.ts';

type Context = {
  name: string;
  vendor: string;
  /** The JWT that was sent; empty where there was none. Only its claims are told, which are no secret. */
  identity: string;
};

/** WorkloadIdentityError of Anthropic's SDK, OAuthError and APIError of OpenAI's, as far as we rely on them. */
type Thrown = { status?: unknown; statusCode?: unknown; message?: unknown };

const places: Readonly<Record<string, string>> = {
  anthropic: 'Claude Console, Settings, Workload identity (it shows every attempt and why it was refused)',
  openai: 'OpenAI Platform, Organization settings, Security, Workload identity providers',
};

/** What came of an exchange that failed: refused for good, or not answered. */
export function toFederationError(error: unknown, { name, vendor, identity }: Context): TammaError {
  if (error instanceof TammaError) return error;
  const { status, statusCode, message } = error as Thrown;
  const code = [statusCode, status].find((value) => typeof value === 'number');
  const said = clean(typeof message === 'string' ? message : String(error));
  if (code === undefined || code === 408 || code === 429 || code >= 500) {
    return new TammaError('PROVIDER_UNREACHABLE', `${name}: no token came for this run’s identity: ${said}`);
  }
  const claims = describeClaims(identity);
  return new TammaError(
    'FEDERATION_REFUSED',
    `${name}: ${vendor} does not accept this run’s identity (${code}: ${said})${claims ? `; it is ${claims}` : ''}`,
    {
      help: `Compare the rule with the identity above: ${places[vendor] ?? vendor}. Repositories made or renamed since 2026-07-15 have ids in \`sub\`.`,
      details: { provider: name, status: code },
    },
  );
}

/** Who the run says it is: what a rule of the vendor looks at. Undefined for what is no JWT. */
export function describeClaims(jwt: string): string | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
    const { iss, sub, aud } = payload as Record<string, unknown>;
    return clean(`iss ${iss}, sub ${sub}, aud ${aud}`);
  } catch {
    return undefined;
  }
}

function clean(text: string): string {
  return maskTokens(text)
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .slice(0, 400);
}
