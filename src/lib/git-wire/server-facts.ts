import { formatOf, type ObjectFormat } from '../git-object-format.ts';
import type { WireCapabilities, WireLimits } from './git-wire.ts';
import type { Http } from './http.ts';
import { type Packet, parsePackets, toText } from './pkt-line.ts';
import { GitWireError, type WireFailure } from './wire-error.ts';

/** How a server is spoken to when something is read. */
export type Facts = {
  protocol: 0 | 2;
  format: ObjectFormat;
  /** Undefined: not asked yet. */
  features: ReadonlySet<string> | undefined;
};

export type Advertisement = Facts & { features: ReadonlySet<string>; refs: ReadonlyMap<string, string> };

export type ServerFacts = {
  /**
   * Acts on what is known, or else on what is likely, without asking; where that fails in a way that the facts may
   * explain, the server is asked and `act` is called again. So `act` must only read.
   */
  speak<T>(likely: ObjectFormat, act: (facts: Facts) => Promise<T>): Promise<T>;
  /** Asks now. Protocol 0 brings all refs along. */
  advertise(service: 'git-upload-pack' | 'git-receive-pack'): Promise<Advertisement>;
  /** What it can do about pushes; asked once. */
  receiving(): Promise<Advertisement>;
  capabilities(): Promise<WireCapabilities>;
};

export function createServerFacts(http: Http, limits: WireLimits): ServerFacts {
  let known: Facts | undefined;
  let asked: Promise<Advertisement> | undefined;
  let receiving: Promise<Advertisement> | undefined;

  async function advertise(service: 'git-upload-pack' | 'git-receive-pack'): Promise<Advertisement> {
    const { body, headers } = await http.send({
      method: 'GET',
      path: `info/refs?service=${service}`,
      headers: { 'git-protocol': 'version=2' },
      maxBytes: limits.text,
      isRead: true,
    });
    if (headers['content-type'] !== `application/x-${service}-advertisement`)
      throw new GitWireError(
        'unsupported',
        'the server does not speak git over HTTP (or only its oldest form)',
      );
    return parseAdvertisement(parsePackets(body));
  }

  /** A failure is no fact, and neither is the silence of an old server about an empty repository: the next one asks again. */
  async function learn(): Promise<Advertisement> {
    asked ??= advertise('git-upload-pack');
    try {
      const facts = await asked;
      if (facts.features.size > 0) known = facts;
      else asked = undefined;
      return facts;
    } catch (error) {
      asked = undefined;
      throw error;
    }
  }

  return {
    advertise,
    async speak(likely, act) {
      const facts = known ?? { protocol: 2, format: likely, features: undefined };
      try {
        const result = await act(facts);
        known ??= facts;
        return result;
      } catch (error) {
        const mayBeMistaken = error instanceof GitWireError && MISTAKEN.has(error.kind);
        if (facts.features || !mayBeMistaken) throw error;
        return act(await learn());
      }
    },
    receiving() {
      receiving ??= advertise('git-receive-pack').catch((error: unknown) => {
        receiving = undefined;
        throw error;
      });
      return receiving;
    },
    async capabilities() {
      const { protocol, features } = await learn();
      const anyObject = protocol === 2 || ANY_OBJECT.every((feature) => features.has(feature));
      return { protocol, filter: features.has('filter'), anyObject };
    },
  };
}

/** `missing`: some servers send those who ask to the right address, and nobody else. */
const MISTAKEN = new Set<WireFailure>(['protocol', 'refused', 'unsupported', 'server', 'missing']);
const ANY_OBJECT = ['allow-tip-sha1-in-want', 'allow-reachable-sha1-in-want'];

/** gitprotocol-http(5), "Smart Server Response"; gitprotocol-v2(5), "Capability Advertisement". */
function parseAdvertisement(packets: Iterable<Packet, void>): Advertisement {
  const lines = [...packets].filter((packet) => typeof packet !== 'string').map(toText);
  const [first = '', ...others] = lines.filter((line) => !line.startsWith('# service='));
  if (first === 'version 2') return toAdvertisement(2, toFeatures(others), new Map());
  const [head = '', features = ''] = (first === 'version 1' ? others.shift() : first)?.split('\0') ?? [];
  const refs = new Map<string, string>();
  for (const line of [head, ...others]) {
    const [, id, name] = REF_LINE.exec(line) ?? [];
    if (id && name && name !== 'capabilities^{}' && !name.endsWith('^{}')) refs.set(name, id);
  }
  return toAdvertisement(0, new Set(features.split(' ').filter(Boolean)), refs);
}

/** What a feature has to say (`fetch=shallow filter`) counts as features too. */
function toFeatures(lines: readonly string[]): Set<string> {
  return new Set(
    lines.flatMap((line) => {
      const [name = '', value] = line.split('=', 2);
      return name === 'fetch' ? [name, ...(value ?? '').split(' ')] : [line];
    }),
  );
}

function toAdvertisement(
  protocol: 0 | 2,
  features: ReadonlySet<string>,
  refs: ReadonlyMap<string, string>,
): Advertisement {
  const [id] = refs.values();
  const format =
    features.has('object-format=sha256') || (id && formatOf(id) === 'sha256') ? 'sha256' : 'sha1';
  return { protocol, format, features, refs };
}

/** Names as git checks them (git-check-ref-format(1)), as far as it matters to whoever prints them. */
export const REF_LINE = /^([0-9a-f]{40}|[0-9a-f]{64}) ([^\s\p{C}]+)(?: .*)?$/u;
