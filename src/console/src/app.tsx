/** The console: one header, one page at a time. Each page is loaded when it is first opened. */
import { useEffect } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { UnsentNote } from "./outbox/note";
import Start from "./pages/start";
import { Connection } from "./parts/connection";
import { Header, rolesFor, WAYS } from "./parts/header";
import { NotForYou } from "./parts/not_for_you";
import { SignInAgain } from "./parts/sign_in_again";
import { ProblemNote, Waiting } from "./parts/states";
import { titleOf } from "./parts/title";
import { loadSession, may, session, sessionProblem } from "./session";
import { language } from "./text";

const SignIn = lazy(() => import("./pages/sign_in"));
const Sheet = lazy(() => import("./pages/sheet"));
const Control = lazy(() => import("./pages/control"));
const Referrals = lazy(() => import("./pages/referrals"));
const Desk = lazy(() => import("./pages/desk"));
const Scan = lazy(() => import("./pages/scan"));
const Settings = lazy(() => import("./pages/settings"));
const Models = lazy(() => import("./pages/models"));
const Audit = lazy(() => import("./pages/audit"));
const Reference = lazy(() => import("./pages/reference"));
const Queue = lazy(() => import("./pages/queue"));
const Consignment = lazy(() => import("./pages/consignment"));
const Joins = lazy(() => import("./pages/joins"));
const Profiles = lazy(() => import("./pages/profiles"));
const ProfilePage = lazy(() => import("./pages/profile"));
const Board = lazy(() => import("./pages/board"));
const Dashboard = lazy(() => import("./pages/dashboard"));
const SetPassword = lazy(() => import("./pages/set_password"));
const Account = lazy(() => import("./pages/account"));
const People = lazy(() => import("./pages/people"));
const NotFound = lazy(() => import("./pages/not_found"));

export function App() {
  return (
    <LocationProvider scope="/console">
      <Connection />
      <SignInAgain />
      <Header />
      <UnsentNote />
      <main id="main" tabIndex={-1}>
        <Pages />
      </main>
    </LocationProvider>
  );
}

/** A new page is heard: the focus goes into it, unless the page has put it somewhere itself. */
function enter(): void {
  const main = document.getElementById("main");
  if (!main?.contains(document.activeElement)) main?.focus();
}

function Pages() {
  const { path } = useLocation();
  useEffect(() => {
    document.title = titleOf(path, WAYS);
  }, [path, language.value]);
  if (sessionProblem.value) return <ProblemNote problem={sessionProblem.value} retry={loadSession} />;
  if (!session.value) return <Waiting />;
  if (path === "/console/set-password")
    return (
      <ErrorBoundary>
        <SetPassword />
      </ErrorBoundary>
    );
  if (!session.value.person) return <SignInOnly />;
  const roles = rolesFor(path);
  if (roles && !may(...roles)) return <NotForYou roles={roles} />;
  return (
    <ErrorBoundary>
      <Router onRouteChange={enter}>
        <Route path="/console/" component={Start} />
        <Route path="/console/sign-in" component={SignIn} />
        <Route path="/console/sheets/:scan" component={Sheet} />
        <Route path="/console/control/:consignment" component={Control} />
        <Route path="/console/referrals" component={Referrals} />
        <Route path="/console/desk" component={Desk} />
        <Route path="/console/scans/:id" component={Scan} />
        <Route path="/console/settings" component={Settings} />
        <Route path="/console/models" component={Models} />
        <Route path="/console/audit/:scan?" component={Audit} />
        <Route path="/console/reference/:scan?" component={Reference} />
        <Route path="/console/queue" component={Queue} />
        <Route path="/console/consignments/:consignment" component={Consignment} />
        <Route path="/console/joins" component={Joins} />
        <Route path="/console/profiles" component={Profiles} />
        <Route path="/console/profiles/:id" component={ProfilePage} />
        <Route path="/console/board" component={Board} />
        <Route path="/console/dashboard" component={Dashboard} />
        <Route path="/console/account" component={Account} />
        <Route path="/console/people" component={People} />
        <Route default component={NotFound} />
      </Router>
    </ErrorBoundary>
  );
}

/** Whoever is not signed in sees the sign-in page at every address, and is then where they wanted to be. */
function SignInOnly() {
  return (
    <ErrorBoundary>
      <SignIn />
    </ErrorBoundary>
  );
}
