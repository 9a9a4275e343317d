using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.ZooKeeper.Client;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// The broker cannot start for a reason that its operator can mend. The message is the one line that is printed; the exit code is 1.
/// </summary>
public sealed class StartupError(string line) : Exception(OneLine(line))
{
    /// <summary>The operator's line for what a part says about itself; null for what is a bug of ours.</summary>
    /// <param name="ensemble">The ensemble that holds the znodes; null for the embedded store.</param>
    public static StartupError? From(Exception exception, ConnectString? ensemble) => exception switch
    {
        StartupError error => error,
        LogDirsUnusable or StoreCorrupt or StoreMissing => new StartupError(exception.Message),
        DiskError error => new StartupError($"log.dirs: {error.Message}"),
        NetworkError error => new StartupError(error.Message),
        ZooKeeperFailed failed => new StartupError(
            (ensemble is null ? "embedded store: " : $"zookeeper.connect={ensemble}: ") + failed.Message),
        _ => null,
    };

    /// <summary>Parts of the line come from files, so there may be any characters in it.</summary>
    private static string OneLine(string text)
        => string.Create(text.Length, text, static (line, source) =>
        {
            for (var i = 0; i < line.Length; i++)
                line[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
}
