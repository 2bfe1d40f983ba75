import { LaunchError } from "../errors.ts";
import { loadUndici } from "./load-undici.ts";
import { type ProxySource, readProxySource } from "./proxy-source.ts";
import { type DispatcherOptions, undiciDispatcher } from "./undici-dispatcher.ts";

/** `fetch` through one proxy; connections are kept until `close`. */
export interface ProxiedFetch {
  /**
   * As the global `fetch`. Rejects with ProxyAuthError, ProxyUnavailableError or TargetUnreachableError when the tunnel did not come
   * about, with ConfigError when undici is not installed, else as `fetch` does.
   */
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Ends the connections, when the requests under way have been answered. */
  close(): Promise<void>;
}

/** Makes a `fetch` whose every connection is a tunnel through the proxy; needs undici 7. Throws UsageError when the proxy cannot be read. */
export function proxiedFetch(proxy: ProxySource, options: DispatcherOptions = {}): ProxiedFetch {
  const upstream = readProxySource(proxy);
  let opening: ReturnType<typeof open> | undefined;
  const open = async () => {
    const undici = await loadUndici();
    return { undici, dispatcher: await undiciDispatcher(upstream, options) };
  };
  const opened = () => {
    opening ??= open();
    return opening;
  };
  const send: Send = async (input, init) => {
    const { undici, dispatcher } = await opened();
    // undici's own fetch: the global one may have been replaced by something that knows no dispatcher and would go direct.
    const request = inTermsOf(undici, input, init);
    try {
      return (await undici.fetch(request.input, { ...request.init, dispatcher })) as unknown as Response;
    } catch (error) {
      throw error instanceof Error && error.cause instanceof LaunchError ? error.cause : error;
    }
  };
  return Object.assign(send, {
    async close() {
      const last = await opening?.catch(() => undefined);
      opening = undefined;
      await last?.dispatcher.close();
    },
  });
}

type Send = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
type Undici = typeof import("undici");
type UndiciRequest = { readonly input: string | URL; readonly init: import("undici").RequestInit };

// undici takes the global Request and FormData for unauthenticated clients, and would send them as "[object FormData]".
function inTermsOf(undici: Undici, input: string | URL | Request, init: RequestInit = {}): UndiciRequest {
  const { dispatcher: _own, ...given } = init as unknown as import("undici").RequestInit;
  const body = init.body instanceof FormData ? { body: formOf(undici, init.body) } : {};
  if (!(input instanceof Request)) return { input, init: { ...given, ...body } };
  const { method, redirect, signal, integrity } = input;
  const stream =
    input.body === null ? {} : { body: input.body as unknown as ReadableStream, duplex: "half" as const };
  return {
    input: input.url,
    init: {
      method,
      redirect,
      signal,
      integrity,
      headers: [...input.headers],
      ...stream,
      ...given,
      ...body,
    } as never,
  };
}

function formOf(undici: Undici, form: FormData): import("undici").FormData {
  const copy = new undici.FormData();
  for (const [name, value] of form) {
    if (typeof value === "string") copy.append(name, value);
    else copy.append(name, value, value.name);
  }
  return copy;
}
