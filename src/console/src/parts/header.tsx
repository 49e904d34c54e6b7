/** The way to each page that the roles of the person have, and how the console looks and speaks. */
import { useLocation } from "preact-iso";
import { may, type Role, session } from "../session";
import { LANGUAGES, type Language, language, speak, t } from "../text";
import { chooseTheme, type Theme, theme } from "../theme";

interface Way {
  path: string;
  text: string;
  roles: Role[];
}

/** The pages of the console in the order of the work. */
export const WAYS: Way[] = [
  { path: "/console/desk", text: "desk.title", roles: ["operator"] },
  { path: "/console/queue", text: "queue.way", roles: ["targeting_officer", "administrator"] },
  { path: "/console/joins", text: "joins.way", roles: ["targeting_officer", "operator", "administrator"] },
  {
    path: "/console/referrals",
    text: "referrals.title",
    roles: ["contact_point", "targeting_officer", "operator"],
  },
  {
    path: "/console/board",
    text: "board.way",
    roles: ["operator", "targeting_officer", "inspector", "administrator"],
  },
  {
    path: "/console/profiles",
    text: "profiles.way",
    roles: ["targeting_officer", "auditor", "administrator"],
  },
  {
    path: "/console/dashboard",
    text: "dashboard.way",
    roles: ["targeting_officer", "model_steward", "auditor", "administrator"],
  },
  {
    path: "/console/reference",
    text: "reference.way",
    roles: ["operator", "targeting_officer", "inspector", "contact_point", "model_steward", "auditor"],
  },
  { path: "/console/models", text: "models.way", roles: ["model_steward", "auditor", "administrator"] },
  { path: "/console/audit", text: "audit.way", roles: ["auditor", "administrator"] },
  {
    path: "/console/settings",
    text: "settings.keys",
    roles: [
      "operator",
      "targeting_officer",
      "inspector",
      "contact_point",
      "model_steward",
      "auditor",
      "administrator",
    ],
  },
];

export function Header() {
  const { path } = useLocation();
  const ways = session.value?.person ? WAYS.filter((way) => may(...way.roles)) : [];
  return (
    <header class="top">
      <a class="skip" href="#main">
        {t("common.skip")}
      </a>
      <a class="brand" href="/console/">
        Tallyscan
      </a>
      <nav aria-label={t("common.pages")}>
        {ways.map((way) => (
          <a key={way.path} href={way.path} aria-current={path.startsWith(way.path) ? "page" : undefined}>
            {t(way.text)}
          </a>
        ))}
      </nav>
      <div class="person">
        {session.value?.person && <span>{session.value.person}</span>}
        <label>
          <span class="unseen">{t("common.language")}</span>
          <select value={language.value} onChange={(event) => speak(event.currentTarget.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="unseen">{t("common.theme")}</span>
          <select value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
            {(["system", "dark", "light"] as const).map((each) => (
              <option key={each} value={each}>
                {t(`common.theme_${each}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
    </header>
  );
}
