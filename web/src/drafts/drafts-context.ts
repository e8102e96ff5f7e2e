import { createContext, useContext } from "react";
import type { DraftTexts } from "./draft-map";

export const DraftsContext = createContext<DraftTexts>(new Map());

/** What was begun in this conversation and not sent. */
export const useDraft = (cid: string) => useContext(DraftsContext).get(cid);
