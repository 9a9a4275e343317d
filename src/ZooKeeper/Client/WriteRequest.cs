namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>Asks for one operation or, in a multi, for all or none of several.</summary>
internal sealed class WriteRequest(
    IReadOnlyList<ZkOp> operations, Chroot chroot, Func<string, ZnodeAccess> accessOf, Action<ZkMultiResult> answered) : Request
{
    private ZkMultiResult answer = new(ZkResult.Ok, []);

    public override int OpCode => Operations.IsAlone(operations) ? Operations.OpCodeOf(operations[0]) : Client.OpCode.Multi;

    public override long WaitingBytes { get; } = operations.Sum(operation => OverheadBytes + operation.Path.Length + DataLength(operation));

    /// <summary>What was asked, below <see cref="Chroot"/>.</summary>
    public IReadOnlyList<ZkOp> Asked => operations;

    public Chroot Chroot => chroot;

    /// <summary>The answer that was taken.</summary>
    public ZkMultiResult Taken => answer;

    public override bool TryRead(ZkResult result, ref JuteReader reader)
    {
        if (result != ZkResult.Ok)
        {
            answer = Refused(result);
            return true;
        }
        if (Operations.IsAlone(operations))
        {
            if (Operations.ReadDone(ref reader, operations[0], chroot) is not { } done)
                return false;
            answer = new ZkMultiResult(ZkResult.Ok, [done]);
            return true;
        }
        if (Operations.ReadMulti(ref reader, operations, chroot) is not { } results)
            return false;
        answer = results;
        return true;
    }

    public override void Answer() => answered(answer);

    public override void Refuse(ZkResult result) => answered(Refused(result));

    /// <summary>Answers with what was found out otherwise than by an answer.</summary>
    public void Answer(ZkMultiResult found) => answered(found);

    protected override void WriteBody(JuteWriter writer)
    {
        if (Operations.IsAlone(operations))
            Operations.Write(writer, operations[0], chroot, accessOf);
        else
            Operations.WriteMulti(writer, operations, chroot, accessOf);
    }

    private ZkMultiResult Refused(ZkResult result) => new(result, [.. operations.Select(_ => new ZkOpResult(result))]);

    private static int DataLength(ZkOp operation) => operation switch
    {
        ZkOp.Create create => create.Data?.Length ?? 0,
        ZkOp.SetData setData => setData.Data?.Length ?? 0,
        _ => 0,
    };
}
