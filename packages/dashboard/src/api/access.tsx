import { type ComponentChildren, createContext } from "preact";
import { useCallback, useContext, useMemo, useState } from "preact/hooks";
import { adminKey, setAdminKey } from "./admin-key.ts";

interface Access {
  /** Grows with every key that is given, so that what was refused is asked again. */
  readonly key: number;
  /** The gateway wants a key, or another one. */
  readonly denied: boolean;
  /** A key was given before and did not open the door. */
  readonly refused: boolean;
  deny(): void;
  give(key: string): void;
}

const Context = createContext<Access>({
  key: 0,
  denied: false,
  refused: false,
  deny: () => undefined,
  give: () => undefined,
});

/** Knows whether the gateway lets us in. */
export function AccessProvider({ children }: { readonly children: ComponentChildren }) {
  const [key, setKey] = useState(0);
  const [denied, setDenied] = useState(false);
  const [refused, setRefused] = useState(false);
  const deny = useCallback(() => {
    setRefused(adminKey() !== undefined);
    setDenied(true);
  }, []);
  const give = useCallback((given: string) => {
    setAdminKey(given);
    setDenied(false);
    setKey((before) => before + 1);
  }, []);
  const access = useMemo(() => ({ key, denied, refused, deny, give }), [key, denied, refused, deny, give]);
  return <Context.Provider value={access}>{children}</Context.Provider>;
}

/** Whether the gateway lets us in, and how to give it a key. */
export function useAccess(): Access {
  return useContext(Context);
}
