// A React hook that runs a workflow and waits for its answer. Copy it into your project, or import it from
// here. A key in a page can be read by everybody who opens the page: give it no more than the workflows that
// the page shows, and name the page's origin (CORS_ORIGINS, or the tenant's setting cors_origins).
import { useCallback, useEffect, useRef, useState } from "react";

/**
 * What the server answers: a run, or a problem document, which has `error` and no `status`.
 * @typedef {{ execution_id?: string, status?: "pending" | "running" | "completed" | "failed",
 *   result?: any, error?: string | null, code?: string | null }} Answer
 */

/**
 * @param {string} address where the API is, without a path
 * @param {string} key the tenant's key
 * @returns {{ run: (workflow: string, input: unknown, context?: object) => Promise<Answer>,
 *   pending: boolean, answer: Answer | null }} `answer` is the last one; null before the first
 */
export function useWorkflow(address, key) {
  const [pending, setPending] = useState(0);
  const [answer, setAnswer] = useState(/** @type {Answer | null} */ (null));
  const latest = useRef(0);
  const mounted = useRef(false);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);

  const run = useCallback(
    async (workflow, input, context) => {
      const turn = ++latest.current;
      setPending((count) => count + 1);
      const got = await ask(address, key, workflow, { input, context });
      if (mounted.current) {
        setPending((count) => count - 1);
        // An answer that a later call overtook is not shown.
        if (turn === latest.current) setAnswer(got);
      }
      return got;
    },
    [address, key],
  );
  return { run, pending: pending > 0, answer };
}

/** The answer, whatever its HTTP status is: its body says how it went. */
async function ask(address, key, workflow, body) {
  try {
    const response = await fetch(`${address}/api/v1/external/execute/${encodeURIComponent(workflow)}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": key },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch (cause) {
    return { error: `There is no answer from ${address}: ${cause.message}`, code: "upstream_unavailable" };
  }
}
