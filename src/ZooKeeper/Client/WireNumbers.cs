namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>ZooKeeper's numbers for what a client sends.</summary>
internal static class OpCode
{
    public const int Create = 1;
    public const int Delete = 2;
    public const int Exists = 3;
    public const int GetData = 4;
    public const int SetData = 5;
    public const int Ping = 11;
    /// <summary>The children with the stat of their parent.</summary>
    public const int GetChildren2 = 12;
    public const int Check = 13;
    public const int Multi = 14;
    public const int Auth = 100;
    public const int SetWatches = 101;
    public const int CloseSession = -11;
    /// <summary>In the answer to a multi: a result that is nothing but a code; in both directions the end of the list.</summary>
    public const int Error = -1;
}

/// <summary>The xids of frames that are no request's or no request's answer; requests count up from 1.</summary>
internal static class SpecialXid
{
    public const int Notification = -1;
    public const int Ping = -2;
    public const int Auth = -4;
    public const int SetWatches = -8;
}

/// <summary>Codes of answers that end a connection and are no caller's result.</summary>
internal static class ConnectionCode
{
    /// <summary>The session is served by another server by now.</summary>
    public const ZkResult SessionMoved = (ZkResult)(-118);

    /// <summary>The server serves only sessions that have authenticated themselves as it is set to require.</summary>
    public const ZkResult AuthenticationRequired = (ZkResult)(-124);
}
