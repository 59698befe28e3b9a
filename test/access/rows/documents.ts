import { get, page, type Row, readers } from "../table.ts";

/** What is told of the API: for whoever may read. */
export const documents: readonly Row[] = [
  ...["openapi.json", "frames.json", "types.ts"].map((name) => ({
    route: `GET /api/v1/${name}`,
    ask: () => get(`/api/v1/${name}`),
    answers: readers(200),
  })),
  { route: "GET /docs", ask: () => get("/docs"), answers: page(readers(200)) },
  { route: "GET /docs/clients", ask: () => get("/docs/clients"), answers: page(readers(200)) },
];
