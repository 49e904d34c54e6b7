/** The console: one header, one page at a time. Each page is loaded when it is first opened. */
import { ErrorBoundary, LocationProvider, lazy, Route, Router } from "preact-iso";
import Start from "./pages/start";
import { Connection } from "./parts/connection";
import { Header } from "./parts/header";
import { ProblemNote, Waiting } from "./parts/states";
import { loadSession, session, sessionProblem } from "./session";

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
const NotFound = lazy(() => import("./pages/not_found"));

export function App() {
  return (
    <LocationProvider scope="/console">
      <Connection />
      <Header />
      <main id="main" tabIndex={-1}>
        <Pages />
      </main>
    </LocationProvider>
  );
}

function Pages() {
  if (sessionProblem.value) return <ProblemNote problem={sessionProblem.value} retry={loadSession} />;
  if (!session.value) return <Waiting />;
  if (!session.value.person) return <SignInOnly />;
  return (
    <ErrorBoundary>
      <Router>
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
