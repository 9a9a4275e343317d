using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.InterBroker.Client;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// Asks the broker that runs with the same settings on this machine, as a client would, whether it serves: it answers, and the controller
/// has taken it in. For supervisors, so it is over within <see cref="Patience"/>.
/// </summary>
internal static class HealthCheck
{
    private const short MetadataVersion = 1;
    private const int AnswerMaxBytes = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Why it is not healthy; null when it is.</summary>
    public static async Task<string?> Run(BrokerConfig config, INetwork network, ILoops loops, Random random)
    {
        if (config.Listeners.Listeners.FirstOrDefault(each => each.Protocol == SecurityProtocol.Plaintext) is not { } listener)
            return "no listener is a PLAINTEXT one, and others are not asked";
        if (listener.Port == 0)
            return $"listener {listener.Name} takes whichever port is free";
        var loop = loops.Create("health");
        string? problem = null;
        await loop.Start(async () => problem = await Ask(config, listener, network, loops, random, loop));
        return problem;
    }

    private static async Task<string?> Ask(
        BrokerConfig config, Listener listener, INetwork network, ILoops loops, Random random, ILoop loop)
    {
        var address = BrokerAddress.Of(new BrokerId(config.Id), listener.Name, (HostOf(listener), listener.Port, listener.Protocol));
        using var client = new BrokerClient(
            new BrokerClientOptions
            {
                Network = network,
                Time = loops.Time,
                Random = random,
                AddressOfPeer = () => address,
                ClientId = "health-check",
                ConnectTimeout = Patience / 2,
                RequestTimeout = Patience / 2,
                AnswerMaxBytes = AnswerMaxBytes,
            },
            loop);
        try
        {
            var known = await client.Send<MetadataRequest, MetadataResponse>(new MetadataRequest { Topics = [] }, MetadataVersion);
            return known.Brokers.Exists(broker => config.Id < 0 || broker.NodeId == config.Id)
                ? null
                : "the controller has not taken the broker in";
        }
        catch (BrokerUnreachable unreachable)
        {
            return unreachable.Message;
        }
    }

    /// <summary>Where a listener on all interfaces is reached from the machine itself.</summary>
    private static string HostOf(Listener listener) => listener.Host is "" or "0.0.0.0" or "::" ? "127.0.0.1" : listener.Host;
}
