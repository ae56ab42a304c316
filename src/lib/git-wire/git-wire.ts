import type { Header } from '../git-header.ts';
import type { NewObject, ObjectFormat } from '../git-object-format.ts';
import type { GitObject } from '../git-object-reader.ts';
import { fetchObjects } from './fetch-objects.ts';
import { createHttp } from './http.ts';
import { listRefs } from './list-refs.ts';
import { pushRefs } from './push-refs.ts';
import { createServerFacts } from './server-facts.ts';

export type GitWireOptions = {
  /** http or https, of one repository. Credentials in it are taken out and sent as a header. */
  url: string;
  authorization?: Header | undefined;
  /** `https_proxy`, `http_proxy`, `all_proxy`, `no_proxy` (as curl reads them) and `GIT_SSL_CAINFO`. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Without a byte for so long the connection counts as lost. Default one minute. */
  idleMs?: number;
  limits?: Partial<WireLimits>;
  /** Told of every request that leaves, for those who count. */
  observe?: (request: WireRequest) => void;
};

/** Bytes. What goes beyond ends the conversation. */
export type WireLimits = {
  /** A list of refs, or a report. */
  text: number;
  /** A pack as it travels. */
  pack: number;
  /** One object, and all objects of one pack, unpacked. */
  object: number;
  objects: number;
};

export type WireRequest = { method: 'GET' | 'POST'; service: string; sentBytes: number };

export type RefList = {
  /** Full names to object ids. */
  refs: ReadonlyMap<string, string>;
  format: ObjectFormat;
};

export type FetchOrder = {
  /** Object ids: commits, and with a server of protocol 2 trees and blobs as well. */
  wants: readonly string[];
  /** Commits that are here. */
  haves?: readonly string[];
  /** Commits among them (or before them) whose parents are not here. */
  shallow?: readonly string[];
  /** So many commits of each want's history. */
  depth?: number;
  /**
   * Leaves out what nobody wants: all blobs, or all trees and blobs. With `tree:0` a tree that is wanted and also part
   * of another wanted tree may be missing from the answer.
   */
  filter?: 'blob:none' | 'tree:0';
  /** Lets the server send differences to objects that are here. */
  readBase?: (id: string) => Promise<Pick<GitObject, 'type' | 'content'> | undefined>;
};

export type Fetched = {
  /** Each as its id says, checked. */
  objects: readonly GitObject[];
  /** Commits that came without their parents. */
  shallow: readonly string[];
};

export type RefUpdate = {
  /** Full name. */
  ref: string;
  /** The value it must have; null: it must not exist. */
  from: string | null;
  /** Null deletes it. */
  to: string | null;
};

export type PushOrder = {
  updates: readonly RefUpdate[];
  /** Everything that is new. */
  objects: readonly NewObject[];
  /** All refs or none. Throws `unsupported` where the server cannot promise it for several. */
  atomic?: boolean;
};

export type RefReport = { ok: true } | { ok: false; reason: string };

export type PushReport = {
  /** False: the objects were not taken, and nothing moved. */
  unpacked: boolean;
  /** One entry for every update that was asked for. */
  refs: ReadonlyMap<string, RefReport>;
  /** What hooks and the server said, for people. */
  messages: string;
};

export type WireCapabilities = {
  /** 0 stands for 1 as well. */
  protocol: 0 | 2;
  filter: boolean;
  /** Whether objects may be wanted that no ref points to. */
  anyObject: boolean;
};

/**
 * A client of one repository over smart HTTP, without any process (gitprotocol-http(5), gitprotocol-v2(5),
 * gitprotocol-pack(5)). Everything throws GitWireError and may be called several times at once.
 */
export interface GitWire {
  /** Without credentials. */
  readonly url: string;
  /** Refs whose names begin with one of these. */
  listRefs(prefixes: readonly string[]): Promise<RefList>;
  fetch(order: FetchOrder): Promise<Fetched>;
  /**
   * One request; what was asked for is not sent a second time unless it certainly did not arrive. A refused ref is in
   * the report, not thrown. `mayHaveArrived` of what is thrown tells whether the refs may have moved.
   */
  push(order: PushOrder): Promise<PushReport>;
  /** Asks the server once. */
  capabilities(): Promise<WireCapabilities>;
  /** Ends what is still under way. */
  close(): void;
}

const LIMITS: WireLimits = {
  text: 16_000_000,
  pack: 256_000_000,
  object: 64_000_000,
  objects: 1_000_000_000,
};

/** Nothing is asked for before a function is called. Throws `unsupported` for what is no http. */
export function createGitWire(options: GitWireOptions): GitWire {
  const limits = { ...LIMITS, ...options.limits };
  const http = createHttp(options);
  const server = createServerFacts(http, limits);
  const context = { http, server, limits };
  return {
    get url() {
      return http.url;
    },
    listRefs: (prefixes) => listRefs(context, prefixes),
    fetch: (order) => fetchObjects(context, order),
    push: (order) => pushRefs(context, order),
    capabilities: () => server.capabilities(),
    close: () => http.close(),
  };
}
