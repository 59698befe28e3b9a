import { type Assets, Layout } from "./layout.tsx";

interface ErrorProps {
  status: number;
  title: string;
  message: string;
  /** What the log line of a failure of ours carries too. */
  reference?: string | undefined;
  /** Where it goes on, when that is not the room one came from. */
  back?: { readonly href: string; readonly words: string } | undefined;
  assets: Assets;
}

/** Says what went wrong, whose turn it is, and the way back. */
export function ErrorPage({ status, title, message, reference, back, assets }: ErrorProps) {
  return (
    <Layout title={title} assets={assets} scripts={["way-back.js"]} bodyAttributes={{ class: "door" }}>
      <main class="door-card" data-testid="error-page">
        <p class="status-code">{status}</p>
        <h1>{title}</h1>
        <p class="door-lead">{message}</p>
        {reference && (
          <p class="notice">
            Reference <code>{reference}</code>
          </p>
        )}
        <a class="button primary wide" href={back?.href ?? "/"} data-way-back={back ? undefined : ""}>
          {back?.words ?? "Back to the room"}
        </a>
      </main>
    </Layout>
  );
}
