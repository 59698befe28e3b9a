import type { Who } from "../cast.ts";
import { form, get, hidden, json, only, page, type Row, readers } from "../table.ts";

/** People who may have things done; an agent may as well, and answers no approval all the same. */
const people: Who[] = ["outsider", "developer", "admin", "owner", "adminKey"];
/** A key that may not read finds nothing. */
const answering = (status: number) => only(people, status, { agentBlind: 404 });
/** To whom #vault does not exist, neither does what is asked there; whoever may have nothing done is refused before it is looked for. */
const inside = (status: number) => ({ ...answering(status), outsider: 404, owner: 404, agentElsewhere: 404 });
const nobody = { option: "once", shown: "0" };

/** What agents ask: seen by who may read the room, answered by people who may have things done there. */
export const approvals: readonly Row[] = [
  { route: "GET /needs-you", ask: () => get("/needs-you"), answers: page(readers(200)) },
  {
    route: "GET /approvals/:id",
    ask: async (world) => get(`/approvals/${(await world.approval("general")).publicId}`),
    answers: page(readers(200)),
  },
  {
    route: "GET /approvals/:id",
    about: "in #vault",
    ask: async (world) => get(`/approvals/${(await world.approval("vault")).publicId}`),
    answers: page(hidden(readers(200))),
  },
  {
    route: "POST /approvals/:id",
    ask: async (world) => {
      const { id, answer } = await world.approval("general");
      return form(`/approvals/${id}`, answer);
    },
    answers: answering(200),
    leaves: "approval.answered",
  },
  {
    route: "POST /approvals/:id",
    about: "in #vault",
    ask: async (world) => {
      const { id, answer } = await world.approval("vault");
      return form(`/approvals/${id}`, answer);
    },
    answers: inside(200),
    leaves: "approval.answered",
  },
  {
    route: "POST /approvals/:id",
    about: "that there is not",
    ask: () => form("/approvals/999999", nobody),
    answers: only([...people, "agent", "agentElsewhere", "agentBlind"], 404),
  },
  { route: "GET /api/v1/approvals", ask: () => get("/api/v1/approvals"), answers: readers(200) },
  {
    route: "POST /api/v1/approvals/:id/answer",
    ask: async (world) => {
      const { publicId, answer } = await world.approval("general");
      return json("POST", `/api/v1/approvals/${publicId}/answer`, answer);
    },
    answers: answering(200),
    leaves: "approval.answered",
  },
  {
    route: "POST /api/v1/approvals/:id/answer",
    about: "in #vault",
    ask: async (world) => {
      const { publicId, answer } = await world.approval("vault");
      return json("POST", `/api/v1/approvals/${publicId}/answer`, answer);
    },
    answers: inside(200),
    leaves: "approval.answered",
  },
  {
    route: "POST /api/v1/approvals/:id/answer",
    about: "that there is not",
    ask: () => json("POST", "/api/v1/approvals/nothing/answer", nobody),
    answers: only([...people, "agent", "agentElsewhere", "agentBlind"], 404),
  },
];
