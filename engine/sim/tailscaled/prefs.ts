/** A node's settings under the names that the daemon gives them, in the order in which it prints them. */
export interface Prefs {
  ControlURL: string;
  RouteAll: boolean;
  ExitNodeID: string;
  ExitNodeIP: string;
  AutoExitNode?: string;
  InternalExitNodePrior: string;
  ExitNodeAllowLANAccess: boolean;
  CorpDNS: boolean;
  RunSSH: boolean;
  RunWebClient: boolean;
  WantRunning: boolean;
  LoggedOut: boolean;
  ShieldsUp: boolean;
  AdvertiseTags: readonly string[] | null;
  Hostname: string;
  NotepadURLs: boolean;
  AdvertiseRoutes: readonly string[] | null;
  AdvertiseServices: null;
  NoSNAT: boolean;
  NoStatefulFiltering: boolean;
  NetfilterMode: 0 | 1 | 2;
  OperatorUser?: string;
  AutoUpdate: { Check: boolean; Apply: boolean | null };
  AppConnector: { Advertise: boolean };
  PostureChecking: boolean;
  NetfilterKind: string;
  DriveShares: null;
}

/** Of a daemon that nobody has told anything. */
export function newPrefs(): Prefs {
  return {
    ControlURL: "",
    RouteAll: false,
    ExitNodeID: "",
    ExitNodeIP: "",
    InternalExitNodePrior: "",
    ExitNodeAllowLANAccess: false,
    CorpDNS: true,
    RunSSH: false,
    RunWebClient: false,
    WantRunning: false,
    LoggedOut: false,
    ShieldsUp: false,
    AdvertiseTags: null,
    Hostname: "",
    NotepadURLs: false,
    AdvertiseRoutes: null,
    AdvertiseServices: null,
    NoSNAT: false,
    NoStatefulFiltering: true,
    NetfilterMode: 2,
    AutoUpdate: { Check: true, Apply: null },
    AppConnector: { Advertise: false },
    PostureChecking: false,
    NetfilterKind: "",
    DriveShares: null,
  };
}
