using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>The events of one broker of a cluster.</summary>
internal sealed class BrokerLog(RunLog log, int broker, LeaderWatch leaders) : ILog
{
    public bool IsEnabled(LogLevel level) => log.IsEnabled(level);

    public void Write(LogLevel level, string source, string message, Exception? exception = null)
    {
        leaders.Note(broker, message);
        log.Write(level, $"{broker} {source}", message, exception);
    }
}
